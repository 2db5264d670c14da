"""Training: what a run writes, that it goes on where it was stopped, and that processes share the work."""

from __future__ import annotations

import csv
import os
import signal
import socket
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Dict, List, Tuple

import pytest
import torch

from somnium_torch import safetensors, stages, train
from somnium_torch.data import Data, Plan
from somnium_torch.model import PRESETS, Info, World
from somnium_torch.optimizer import schedule
from somnium_torch.session import Session
from somnium_torch.shards import open_all

FOLDER = str(Path(__file__).resolve().parents[2])
Losses = Dict[Tuple[str, int], Tuple[float, ...]]


def options(data: str, out: Path, *more: str) -> List[str]:
    common = "--preset tiny --seed 3 --tokenizer-steps 6 --dynamics-steps 8 --clips 2 --frames 8 --self-rollout 0.5 --device cpu"
    return [data, "--out", str(out), *common.split(), *more]


def run(arguments: List[str], stop_after: int = -1) -> Losses:
    """Trains in this process; stops after so many updates."""
    parsed, losses = train.parser().parse_args(arguments), {}
    os.makedirs(parsed.out, exist_ok=True)

    def report(stage: str, step: int, *values: float) -> None:
        losses[stage, step] = values
        trainer.stopping = len(losses) >= stop_after > 0

    trainer = train.Run(parsed, stages.Team(), torch.device("cpu"), report)
    try:
        trainer.train()
    except train.Stopped:
        assert stop_after > 0
    return losses


@pytest.fixture(scope="module")
def whole(data: str, tmp_path_factory: pytest.TempPathFactory) -> Tuple[Path, Losses]:
    """A run that nobody stopped."""
    out = tmp_path_factory.mktemp("whole")
    return out, run(options(data, out))


def test_a_run_leaves_a_model_that_dreams(data: str, whole: Tuple[Path, Losses]) -> None:
    out, losses = whole
    assert [step for stage, step in losses if stage == "dynamics"] == list(range(8)) and len(losses) == 14
    world = World.open(str(out / "weights.safetensors"))
    info = world.info
    assert (info.tokenizer_steps, info.tokenizer_frames, info.dynamics_steps, info.dynamics_clips) == (6, 96, 8, 16)
    assert len(info.environments) == 3
    episode = open_all([data])[0].read()
    latents = world.tokenizer.encode(torch.from_numpy(episode.frames.copy()))
    assert 0.2 < latents.std() < 5  # the statistics were measured
    session = Session(world, *episode.entry.size)
    session.prime(torch.from_numpy(episode.frames[:3].copy()), caption="a square", seed=5)
    frame, reward, end = session.step(torch.eye(8)[1])
    assert frame.shape == (16, 24, 3) and 0 <= end <= 1
    session.prime(torch.from_numpy(episode.frames[:3].copy()), caption="a square", seed=5)
    again = session.step(torch.eye(8)[1])
    assert torch.equal(frame, again[0]) and reward == again[1]


def test_a_run_with_guesses_goes_on_to_the_same_losses(data: str, tmp_path: Path) -> None:
    more = ["--flow-steps", "40"]
    (tmp_path / "one").mkdir()
    whole, seen = run(options(data, tmp_path / "one", *more)), {}
    assert [stage for stage, _ in whole] == ["tokenizer"] * 6 + ["flow"] * 40 + ["dynamics"] * 8
    course = [whole["flow", step][0] for step in range(40)]
    assert sum(course[-10:]) < 0.95 * sum(course[:10])
    for stop in [20, 50, 0]:
        seen.update(run(options(data, tmp_path / "two", *more), stop - len(seen)))
    assert seen.keys() == whole.keys() and all(values == pytest.approx(whole[key], rel=1e-3) for key, values in seen.items())
    world = World.open(str(tmp_path / "two" / "weights.safetensors"))
    assert (world.info.flow_steps, world.info.flow_frames) == (40, 40 * 8 * 4)
    episode = open_all([data])[0].read()
    dreams = []
    for guesser in (world.flow, None):
        world.flow = guesser
        session = Session(world, *episode.entry.size)
        session.prime(torch.from_numpy(episode.frames[:3].copy()), caption="a square", seed=5)
        session.step(torch.eye(8)[1])
        dreams.append(session.latent)
    assert not torch.equal(*dreams)


@pytest.mark.parametrize("stops", [[3], [6, 9], [13]])
def test_a_stopped_run_goes_on_to_the_same_losses(stops: List[int], data: str, whole: Tuple[Path, Losses], tmp_path: Path) -> None:
    seen: Losses = {}
    for stop in stops + [0]:
        seen.update(run(options(data, tmp_path), stop - len(seen)))
    # To rounding: sums take the order that memory's alignment asks for.
    assert seen.keys() == whole[1].keys()
    assert all(values == pytest.approx(whole[1][key], rel=1e-4) for key, values in seen.items())
    assert len(table(tmp_path)) == len(table(whole[0])) == 2
    got, want = (safetensors.load(str(out / "checkpoint.safetensors")) for out in (tmp_path, whole[0]))
    assert got[1] == want[1] and got[0].keys() == want[0].keys()
    assert all((got[0][name] - t).abs().max() <= 1e-3 for name, t in want[0].items())


def test_a_warm_start_takes_the_weights_over(data: str, whole: Tuple[Path, Losses], tmp_path: Path) -> None:
    start = str(whole[0] / "weights.safetensors")
    arguments = options(data, tmp_path, "--from", start, "--tokenizer-steps", "0", "--dynamics-steps", "1", "--rate", "1e-9")
    run(arguments)
    before, after = safetensors.load(start)[0], safetensors.load(str(tmp_path / "weights.safetensors"))[0]
    assert all(torch.equal(before[name], after[name]) for name in before)


def table(out: Path) -> List[List[float]]:
    with open(out / "losses.csv", newline="", encoding="utf-8") as file:
        return [[float(x) for x in row[1:]] for row in list(csv.reader(file))[1:]]


@pytest.mark.parametrize("guesses", [False, True])
def test_two_processes_see_what_one_sees_at_twice_the_batch(guesses: bool, data: str, whole: Tuple[Path, Losses], tmp_path: Path) -> None:
    first = whole[0]
    if guesses:
        first = tmp_path / "first"
        run(options(data, first, "--flow-steps", "3"))
    start = ["--from", str(first / "weights.safetensors"), "--tokenizer-steps", "0", "--dynamics-steps", "6", "--rate", "20"]
    one, two = tmp_path / "one", tmp_path / "two"
    run(options(data, one, *start, "--clips", "4"))
    launch(options(data, two, *start, "--threads", "1"))
    for a, b in zip(table(one), table(two)):
        assert a == pytest.approx(b, rel=1e-4)
    a, b = (safetensors.load(str(out / "checkpoint.safetensors"))[0] for out in (one, two))
    assert max(float((a[name].float() - b[name].float()).abs().max()) for name in a) < 1e-3
    assert World.open(str(two / "weights.safetensors")).info.dynamics_clips == 16 + 24


def launch(arguments: List[str]) -> None:
    """Trains in two processes, which torchrun starts, or, where it is that of PyTorch 1.13, which breaks under Python 3.11, this does."""
    module = ["-m", "somnium_torch.train", *arguments]
    if not torch.__version__.startswith("1."):
        torchrun = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc_per_node", "2"]
        subprocess.run(torchrun + module, check=True, env=environment(), stderr=subprocess.DEVNULL, timeout=240)
        return
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = str(server.getsockname()[1])
    place = {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": port, "WORLD_SIZE": "2"}
    team = [subprocess.Popen([sys.executable, *module], env={**environment(), **place, "RANK": rank, "LOCAL_RANK": rank}) for rank in "01"]
    assert [process.wait(timeout=240) for process in team] == [0, 0]


def environment() -> Dict[str, str]:
    return {**os.environ, "PYTHONPATH": FOLDER, "OMP_NUM_THREADS": "1"}


def test_an_interrupt_keeps_what_is_finished(data: str, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "somnium_torch.train", *options(data, tmp_path, "--tokenizer-steps", "100000", "--save", "10ms")]
    process = subprocess.Popen(command, env=environment(), stderr=subprocess.PIPE, text=True)
    checkpoint = tmp_path / "checkpoint.safetensors"
    deadline = time.monotonic() + 120
    while not checkpoint.exists() and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.02)
    second = subprocess.run(command, env=environment(), stderr=subprocess.PIPE, text=True, timeout=120)
    assert second.returncode == 1 and "another program" in second.stderr
    process.send_signal(signal.SIGINT)
    _, told = process.communicate(timeout=120)
    assert process.returncode == 130 and "stopped at step" in told
    steps = int(safetensors.load(str(checkpoint))[0]["optimizer/step"][0])
    assert steps > 0 and f"stopped at step {steps} of" in told


@pytest.mark.parametrize(
    "more, want",
    [
        (["--weight", "Nothing-v0=2"], "no episode"),
        (["--frames", "500"], "shorter clips"),
        (["--tokenizer-steps", "0"], "never trained"),
        (["--clips", "0"], "at least 1"),
        (["--rate", "nan"], "--rate"),
        (["--from", "nowhere"], "nowhere"),
        (["--preset", "small", "--from", str(Path(FOLDER).parent / "world/parity/testdata/weights.safetensors")], "cannot grow"),
    ],
)
def test_mistakes_are_told(more: List[str], want: str, data: str, tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    before = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)
    try:
        assert train.main(options(data, tmp_path, *more)) == 1
    finally:
        signal.signal(signal.SIGINT, before[0])
        signal.signal(signal.SIGTERM, before[1])
    assert want in capsys.readouterr().err
    assert not (tmp_path / "checkpoint.safetensors").exists()


@pytest.mark.parametrize("memory", [False, True])
def test_a_model_grows(memory: bool, tmp_path: Path) -> None:
    """It computes what the smaller one does, whose weights are those of the parity, which are of no preset."""
    small = World.open(str(Path(FOLDER).parent / "world/parity/testdata/weights.safetensors"))
    sizes = small.info.dynamics
    PRESETS["grown"] = small.info.tokenizer, replace(sizes, layers=sizes.layers + 2, actions=sizes.actions + 3, vocabulary=2 * sizes.vocabulary, memory=memory)
    try:
        big = small.grown("grown", 1)
    finally:
        del PRESETS["grown"]
    generator = torch.Generator().manual_seed(1)
    draw = lambda *shape: torch.randn(*shape, generator=generator)
    tokens, features = draw(1, 5, 6, small.dynamics.embed.weight.shape[0]), draw(1, 5, small.dynamics.condition.weight.shape[0])
    wide = torch.nn.functional.pad(features, (0, 3))
    bags = torch.zeros(1, sizes.vocabulary)
    with torch.no_grad():
        want = small.dynamics(tokens, features, bags, (2, 3), None)
        got = big.dynamics(tokens, wide, torch.zeros(1, 2 * sizes.vocabulary), (2, 3), None)
    for a, b in zip(want, got):
        torch.testing.assert_close(a, b, rtol=0, atol=1e-6)


def test_half_precision_is_near(data: str, whole: Tuple[Path, Losses], tmp_path: Path) -> None:
    losses = run(options(data, tmp_path, "--precision", "bfloat16"))
    for key, values in whole[1].items():
        assert losses[key][0] == pytest.approx(values[0], rel=0.05)


def test_clips_are_drawn_by_share(data: str) -> None:
    recorded = Data(open_all([data]), PRESETS["tiny"][1], torch.device("cpu"))
    plan = Plan(recorded, 8, {"Other-v0": 3.0, "Square-v0?height=20&width=12": 0.0})
    seen: Dict[str, int] = {"Square": 0, "Other": 0}
    for step in range(200):
        size, starts = plan.draw(1, step, 8)
        assert size == (16, 24)
        for start in starts:
            episode, first = divmod(int(start), 21)
            assert first + 8 <= 21
            seen[recorded.entries[size][episode].meta["env"].partition("-")[0]] += 1
    assert seen["Other"] / 1600 == pytest.approx(2 * 3 / (2 * 3 + 4), abs=0.05)
    again = plan.draw(1, 7, 8)
    assert (again[1] == plan.draw(1, 7, 8)[1]).all() and (again[1] != plan.draw(2, 7, 8)[1]).any()


def test_schedule_and_depth() -> None:
    assert [schedule(step, 1000) for step in (0, 49, 100, 500, 999)] == pytest.approx([0.01, 0.5, 0.9, 0.5, 0.02])
    assert [stages.depth(step, 100, 0.3, 16) for step in (0, 69, 70, 79, 81, 89, 91, 99)] == [0, 0, 2, 2, 5, 5, 11, 11]
    assert [stages.depth(99, 100, 1, frames) for frames in (1, 5, 6, 7, 16)] == [0, 0, 1, 2, 11]


@pytest.mark.parametrize(
    "name,truth_before,truth,shown_before,dreamed,missing,both,ghosts,want,want_missing",
    [
        ("near the truth", (0, 0), (4, 0), (0, 0), (4.9, 0), False, False, False, (4.9, 0), False),
        ("a thing is missing", (0, 0), (4, 0), (0, 0), (0, 0), False, False, False, (0, 0), True),
        ("a thing is too many", (0, 0), (0, 0), (0, 0), (4, 0), False, False, False, (4, 0), False),
        ("another thing than in truth", (0, 0), (4, 0), (0, 0), (-4, 0), False, False, True, (4, 0), False),
        ("another thing than in truth, and a patch that is near it", (0, 0), (4, 0), (0, 0), (-4, 0.9), False, False, False, (4, 0.9), False),
        ("a thing elsewhere", (0, 0), (4, 0), (0, 0), (0, 4), False, False, False, (4, 0), False),
        ("a thing elsewhere, and a ghost of it stays", (0, 0), (4, 0), (0, 0), (0, 4), False, False, True, (4, 4), False),
        ("what was too many stays where it was", (4, 0), (4, 0), (4, 4), (4, 4), False, False, False, (4, 4), False),
        ("what was missing comes late, elsewhere", (4, 0), (4, 0), (0, 0), (0, 4), True, False, False, (4, 0), False),
        ("the same, and a ghost of it stays", (4, 0), (4, 0), (0, 0), (0, 4), True, False, True, (4, 4), False),
        ("what was missing is there", (4, 0), (4, 0), (0, 0), (4, 0), True, False, False, (4, 0), False),
        ("frames see later ones", (0, 0), (4, 0), (0, 0), (0, 4), False, True, True, (4, 0), False),
    ],
)
def test_what_of_a_dream_is_shown(name, truth_before, truth, shown_before, dreamed, missing, both, ghosts, want, want_missing) -> None:
    frames = [torch.tensor(f, dtype=torch.float32).reshape(1, 2, 1).expand(1, 2, 8) for f in (dreamed, shown_before, truth, truth_before, want)]
    flags = [torch.tensor([f]) for f in (missing, ghosts, both)]
    shown, still = stages.keep(*frames[:4], *flags)
    assert torch.equal(shown, frames[4]) and still.tolist() == [want_missing], name


def test_latents_of_several_frames(data: str, tmp_path: Path) -> None:
    run(options(data, tmp_path, "--preset", "tiny-stride4", "--frames", "15"))  # of which 13 make whole spans
    world = World.open(str(tmp_path / "weights.safetensors"))
    assert world.info.tokenizer_frames == 6 * 8 * 5
    episode = open_all([data])[0].read()
    session = Session(world, *episode.entry.size)
    for primed in (1, 5, 7):
        session.prime(torch.from_numpy(episode.frames[:primed].copy()), torch.zeros(primed - 1, 8), caption="a square", seed=5)
        frames, rewards, ends = session.step_each(torch.eye(8)[:4])
        assert frames.shape == (4, 16, 24, 3) and rewards.shape == ends.shape == (4,)


def test_clips_of_several_frames_a_latent(data: str) -> None:
    world, entries = World(Info("tiny", *(replace(sizes, time_stride=3) for sizes in PRESETS["tiny"]))), open_all([data])
    recorded, stream = Data(entries, world.dynamics.config, torch.device("cpu")), stages.Stream(0, 0, stages.Team(), torch.device("cpu"))
    recorded.load(world.tokenizer)
    r, pixels = recorded.sizes[entries[1].size], torch.from_numpy(entries[1].read().frames.copy())
    for within in (0, 4):  # in the second episode
        clips = recorded.clips(entries[1].size, r.starts[1:2] + within, 7, stream)
        assert torch.allclose(clips.latents[0], world.tokenizer.encode(pixels[within : within + 7]), atol=1e-5)
        assert clips.there.all() and not clips.ends.any() and clips.known.tolist() == [[False, True, True]]
    # The window 14..20 ends the episode, so it begins at a whole span, with 15, and its last frame is held for one.
    clips = recorded.clips(entries[1].size, r.starts[1:2] + 14, 7, stream)
    assert clips.there[0, 1:].tolist() == [[True, True, True], [True, True, False]]
    assert clips.ends[0, 1:].tolist() == [[0, 0, 0], [0, 1, 0]] and clips.known.tolist() == [[False, True, True]]
    assert torch.allclose(clips.latents[0], world.tokenizer.encode(torch.cat((pixels[15:], pixels[-1:]))), atol=1e-5)
