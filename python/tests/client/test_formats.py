"""Data sets that other programs write and read, with these programs themselves."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import gymnasium
import imageio_ffmpeg
import minari
import numpy as np
import pytest
from minari.data_collector import EpisodeBuffer
from test_record import somnium

from somnium import local, record


@pytest.fixture
def episodes(tmp_path: Path) -> str:
    """A data set of a few short episodes."""
    folder = str(tmp_path / "data")
    somnium("collect", "RigidCatch-v0?height=32&width=48", "--agent", "scripted:0.5", "--episodes", "3", "--max-steps", "12", "--out", folder)
    return folder


def test_minari_loads_what_was_exported(episodes: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = tmp_path / "minari"
    told = somnium("data", "export", episodes, "--to", "minari", "--out", str(root))
    monkeypatch.setenv("MINARI_DATASETS_PATH", str(root))
    assert told["id"] in minari.list_local_datasets()
    loaded = minari.load_dataset(str(told["id"]))
    assert loaded.total_episodes == 3 and loaded.total_steps == 36 and loaded.storage.metadata["jpeg_encoding"] is False
    env = loaded.recover_environment()
    assert env.action_space == loaded.action_space and env.observation_space == loaded.observation_space
    for episode, kept in zip(loaded.iterate_episodes(), loaded.storage.get_episode_metadata(range(3)), strict=True):
        seen, _ = env.reset(seed=kept["seed"])
        assert episode.observations.dtype == np.uint8 and episode.rewards.dtype == np.float32
        for t, action in enumerate(episode.actions):
            assert (seen == episode.observations[t]).all(), "the pictures are those of the seed, to the bit"
            seen, reward, terminated, _, _ = env.step(action)
            assert np.float32(reward) == episode.rewards[t] and terminated == episode.terminations[t]
        assert (seen == episode.observations[-1]).all() and episode.truncations[-1]
    back = str(tmp_path / "back")
    somnium("data", "import", str(root / str(told["id"])), "--from", "minari", "--out", back)
    again = tmp_path / "again"
    somnium("data", "export", back, "--to", "minari", "--out", str(again))
    for part in root.glob("**/*.parquet"):
        assert part.read_bytes() == (again / part.relative_to(root)).read_bytes()


@pytest.mark.parametrize("form, jpeg", [("parquet", False), ("parquet", True), ("arrow", False)])
def test_what_minari_wrote_is_imported(form: str, jpeg: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MINARI_DATASETS_PATH", str(tmp_path / "minari"))
    env = gymnasium.make("somnium/RigidPush-v0", height=32, width=40, max_episode_steps=5)
    played = [record.play(env, number, size=None) for number in (0, 1)]
    buffers = [
        EpisodeBuffer(id=e.number, observations=e.frames, actions=np.array(e.actions), rewards=e.rewards, terminations=e.terminated, truncations=e.truncated)
        for e in played
    ]
    made = minari.create_dataset_from_buffers("test/push-v0", buffers, env=env, data_format=form, jpeg_encoding=jpeg)
    folder, out = str(tmp_path / "minari" / "test" / "push-v0"), str(tmp_path / "out")
    if form == "parquet":
        somnium("data", "import", folder, "--from", "minari", "--out", out)
    else:
        refused = subprocess.run([local.find_binary(), "data", "import", folder, "--from", "minari", "--out", out], capture_output=True, text=True)
        assert refused.returncode == 1 and "python -m somnium.record --minari" in refused.stderr and not Path(out).exists()
        assert record.main(["--minari", folder, "--out", out]) == 0
    back = tmp_path / "back"
    told = somnium("data", "export", out, "--to", "minari", "--out", str(back))
    monkeypatch.setenv("MINARI_DATASETS_PATH", str(back))
    loaded = minari.load_dataset(str(told["id"]))
    for was, now in zip(made.iterate_episodes(), loaded.iterate_episodes(), strict=True):
        difference = np.abs(was.observations.astype(int) - now.observations)
        assert difference.mean() < 1.5 if jpeg else (difference == 0).all(), "JPEG decoders differ a little at edges"
        assert all((np.asarray(getattr(was, key)) == getattr(now, key)).all() for key in ("actions", "rewards", "terminations", "truncations"))


def frames_of(folder: str, tmp_path: Path) -> list[np.ndarray]:
    """The frames of a data set's episodes."""
    from PIL import Image

    out = tmp_path / f"frames-{len(list(tmp_path.iterdir()))}"
    somnium("data", "export", folder, "--to", "png", "--out", str(out))
    return [np.stack([np.asarray(Image.open(file)) for file in sorted(clip.glob("*.png"))]) for clip in sorted(out.iterdir())]


def test_videos_through_ffmpeg(episodes: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOMNIUM_FFMPEG", imageio_ffmpeg.get_ffmpeg_exe())
    shown = tmp_path / "mp4"
    somnium("data", "export", episodes, "--to", "mp4", "--out", str(shown))
    back = str(tmp_path / "back")
    somnium("data", "import", str(shown), "--from", "video", "--out", back, "--height", "32", "--width", "48")
    for was, now in zip(frames_of(episodes, tmp_path), frames_of(back, tmp_path), strict=True):
        assert was.shape == now.shape and np.abs(was.astype(int) - now).mean() < 6, "what people see is nearly what there was"
    assert somnium("data", "info", back)["envs"][0]["env"] == "Video-v0"  # type: ignore[index]
    clip = next(shown.glob("*.mp4"))
    clip.write_bytes(clip.read_bytes()[: clip.stat().st_size * 2 // 3])
    broken = subprocess.run(
        [local.find_binary(), "data", "import", str(shown), "--from", "video", "--out", str(tmp_path / "broken")], capture_output=True, text=True
    )
    assert broken.returncode == 1 and clip.name in broken.stderr and not (tmp_path / "broken").exists()


def test_recordings_of_vpt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOMNIUM_FFMPEG", imageio_ffmpeg.get_ffmpeg_exe())
    folder = tmp_path / "vpt"
    folder.mkdir()
    writer = imageio_ffmpeg.write_frames(str(folder / "a.mp4"), (640, 360), fps=20, macro_block_size=1)
    writer.send(None)
    lines = []
    for t in range(25):
        writer.send(np.full((360, 640, 3), 8 * t, np.uint8))
        mouse = {"dx": 10.0 * (t == 3), "dy": 0.0, "buttons": [0] * (t >= 5), "newButtons": [0] * (t == 5)}
        lines.append({"mouse": mouse, "keyboard": {"keys": ["key.keyboard.w"]}, "isGuiOpen": False, "hotbar": int(t >= 9)})
    writer.close()
    (folder / "a.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    out, root = str(tmp_path / "out"), tmp_path / "minari"
    somnium("data", "import", str(folder), "--from", "vpt", "--out", out)
    told = somnium("data", "export", out, "--to", "minari", "--out", str(root))
    monkeypatch.setenv("MINARI_DATASETS_PATH", str(root))
    loaded = minari.load_dataset(str(told["id"]))
    world = gymnasium.make("somnium/VoxelNavigate-v0")
    assert loaded.action_space == world.action_space, "a model takes both for the same"
    episode = loaded[0]
    assert episode.observations.shape == (25, 72, 128, 3) and len(episode.actions) == 24
    assert np.abs(episode.observations.mean((1, 2, 3)) - 8 * np.arange(25)).max() < 8, "each frame is in its place"
    assert (episode.actions[:, 0] == 1).all() and episode.actions[3, 8] == 7 and episode.actions[4:7, 5].tolist() == [0, 1, 1]
    assert episode.actions[8:11, 9].tolist() == [0, 2, 0]
