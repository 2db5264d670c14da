"""Records Gymnasium environments into shards that `somnium train` reads.

    python -m somnium.record ALE/Breakout-v5 --import ale_py --episodes 100 --out data/breakout
    python -m somnium.record --minari D4RL/door/human-v2 --out data/door

An episode is a function of the job's seed and its number, so that a job that was stopped goes on where it was when the same command
is run again.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import sys
from pathlib import Path
from typing import Any, Callable, Iterator

import gymnasium
import numpy as np

from somnium import errors, pictures
from somnium.shards import Episode, ShardWriter

Policy = Callable[[Any], Any]
"""Answers an observation with an action."""

MANIFEST = "record.json"
_MASK = (1 << 64) - 1


def _hash(z: int) -> int:
    """SplitMix64's bijective hash."""
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9 & _MASK
    z = (z ^ z >> 27) * 0x94D049BB133111EB & _MASK
    return z ^ z >> 31


def mix(a: int, b: int) -> int:
    """Element b of the SplitMix64 stream whose seed is the hash of a, as datasets.EpisodeSeeds has it."""
    golden = 0x9E3779B97F4A7C15
    return _hash(_hash(a + golden & _MASK) + b * golden & _MASK)


def episode_seeds(job: int, number: int) -> tuple[int, int]:
    """The seeds of environment and policy of an episode: 31 bits, for not every environment takes more."""
    root = mix(job, number)
    return mix(root, 1) >> 33, mix(root, 2) >> 33


def random_policy(space: gymnasium.Space[Any], seed: int, stay: float) -> Policy:
    """Draws actions, and keeps the last one with the probability `stay`: worlds show more of themselves to whom persists."""
    space.seed(seed)
    rng = np.random.default_rng(seed)
    last: list[Any] = []

    def act(_: Any) -> Any:
        if not last or rng.random() >= stay:
            last[:] = [space.sample()]
        return last[0]

    return act


def play(
    env: gymnasium.Env[Any, Any],
    number: int,
    *,
    job: int = 0,
    size: tuple[int, int] | None = (64, 64),
    max_steps: int = 1000,
    stay: float = 0.5,
    policy: Callable[[gymnasium.Env[Any, Any], int], Policy] | None = None,
) -> Episode:
    """Plays one episode. `size` is (height, width) of the frames, None the environment's own; `policy` gets the environment and a
    seed, and acts; without one actions are random."""
    seed, policy_seed = episode_seeds(job, number)
    act = policy(env, policy_seed) if policy else random_policy(env.action_space, policy_seed, stay)
    observation, _ = env.reset(seed=seed)
    frames, actions, rewards = [picture_of(env, observation, size)], [], []
    ends: list[tuple[bool, bool]] = []
    while not ends or not any(ends[-1]):
        action = act(observation)
        observation, reward, terminated, truncated, _ = env.step(action)
        frames.append(picture_of(env, observation, size))
        actions.append(action)
        rewards.append(float(reward))
        ends.append((bool(terminated), bool(truncated) or not terminated and len(actions) >= max_steps))
    spec = env.spec
    return Episode(
        env=spec.id if spec else type(env.unwrapped).__name__,
        number=number,
        seed=seed,
        frames=np.stack(frames),
        actions=actions,
        rewards=np.array(rewards, np.float32),
        terminated=np.array([end[0] for end in ends]),
        truncated=np.array([end[1] for end in ends]),
        action_space=env.action_space,
        agent="policy" if policy else f"random:{stay:g}",
        fps=float(env.metadata.get("render_fps") or 10),
        max_episode_steps=(spec.max_episode_steps if spec else None) or 0,
    )


def picture_of(env: gymnasium.Env[Any, Any], observation: Any, size: tuple[int, int] | None) -> np.ndarray:
    """What is recorded of a moment: the observation where it is an RGB picture, else what render() shows."""
    seen: Any = observation if _is_rgb(env.observation_space) else env.render()
    try:
        picture = pictures.rgb(seen)
    except ValueError as error:
        raise errors.SomniumError(f"{env} shows nothing to record: {error}; make it with render_mode='rgb_array'") from None
    return pictures.resize(picture, *size) if size else picture


def _is_rgb(space: gymnasium.Space[Any]) -> bool:
    return isinstance(space, gymnasium.spaces.Box) and space.dtype == np.uint8 and len(space.shape) == 3 and space.shape[2] == 3 and min(space.shape[:2]) >= 16


def claim(folder: str, options: dict[str, Any]) -> None:
    """Writes the options that episodes depend on into the folder, or finds the same ones of a job to go on with."""
    path = Path(folder) / MANIFEST
    if path.exists():
        before = json.loads(path.read_text())
        changed = [f"{key} was {before.get(key)}, is {options.get(key)}" for key in sorted({*before, *options}) if before.get(key) != options.get(key)]
        if changed:
            raise errors.SomniumError(f"{folder} was recorded with other options ({'; '.join(changed)}): give the same ones to go on, or choose another folder")
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    if any(path.parent.glob("*.shard")):
        raise errors.SomniumError(f"{folder} holds shards that were not recorded here: choose another folder")
    part = path.with_suffix(".part")
    part.write_text(json.dumps(options, indent=2) + "\n")
    part.replace(path)


def record(
    env_id: str,
    episodes: int,
    out: str,
    *,
    seed: int = 0,
    size: tuple[int, int] | None = (64, 64),
    max_steps: int = 1000,
    stay: float = 0.5,
    policy: Callable[[gymnasium.Env[Any, Any], int], Policy] | None = None,
    progress: Callable[[int], None] | None = None,
    **kwargs: Any,
) -> None:
    """Records episodes of a registered environment into the folder; `kwargs` go to `gymnasium.make`. What is there already is not
    played again."""
    options = {"env": env_id, "seed": seed, "size": list(size) if size else None, "max_steps": max_steps, "stay": stay, "kwargs": kwargs}
    with gymnasium.make(env_id, **{"render_mode": "rgb_array", **kwargs}) as env:
        claim(out, json.loads(json.dumps(options, default=str)))
        with ShardWriter(out) as writer:
            for number in range(episodes):
                if number not in writer.present:
                    writer.append(play(env, number, job=seed, size=size, max_steps=max_steps, stay=stay, policy=policy))
                if progress:
                    progress(number + 1)


def minari_episodes(dataset: Any, size: tuple[int, int] | None, pixels: str | None) -> Iterator[Episode]:
    """The episodes of a Minari data set of whatever form, which the package minari reads."""
    spec = dataset.spec.env_spec
    for episode in dataset.iterate_episodes():
        seen = episode.observations[pixels] if pixels else episode.observations
        if isinstance(seen, dict):
            raise errors.SomniumError(f"the observations have the parts {sorted(seen)}; say with --pixels which is the picture")
        frames = [pictures.rgb(picture) for picture in seen]
        actions = episode.actions
        yield Episode(
            env=spec.id if spec else dataset.spec.dataset_id,
            number=int(episode.id),
            seed=0,
            frames=np.stack([pictures.resize(frame, *size) if size else frame for frame in frames]),
            actions=[_row(actions, t) for t in range(len(episode.rewards))],
            rewards=episode.rewards,
            terminated=episode.terminations,
            truncated=episode.truncations,
            action_space=dataset.action_space,
            agent=dataset.spec.dataset_id,
        )


def _row(tree: Any, t: int) -> Any:
    if isinstance(tree, dict):
        return {key: _row(part, t) for key, part in tree.items()}
    if isinstance(tree, tuple):
        return tuple(_row(part, t) for part in tree)
    return tree[t]


def record_minari(name: str, out: str, *, size: tuple[int, int] | None = None, pixels: str | None = None) -> None:
    """Copies a Minari data set, by its id or the path of its folder, into the folder of shards."""
    import minari  # which pip installs

    path = Path(name)
    found = next((folder for folder in (path / "data", path) if (folder / "metadata.json").exists()), None)
    dataset = minari.MinariDataset(found) if found else minari.load_dataset(name)
    claim(out, {"minari": dataset.spec.dataset_id, "size": list(size) if size else None, "pixels": pixels})
    with ShardWriter(out) as writer:
        for episode in minari_episodes(dataset, size, pixels):
            if episode.number not in writer.present:
                writer.append(episode)


def parse_size(text: str) -> tuple[int, int] | None:
    """(height, width) of HEIGHTxWIDTH, or None of "own"."""
    if text == "own":
        return None
    height, _, width = text.partition("x")
    return int(height), int(width)


def main(arguments: list[str] | None = None) -> int:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m somnium.record", description="Records a Gymnasium environment, or a Minari data set, into shards.")
    parser.add_argument("env_id", nargs="?", help="a registered id, such as CartPole-v1 or ALE/Breakout-v5")
    parser.add_argument("--minari", help="the id or the folder of a Minari data set, in the place of an environment")
    parser.add_argument("--pixels", help="the part of a Minari observation that is the picture")
    parser.add_argument("--episodes", type=int, default=100)
    parser.add_argument("--out", required=True, help="folder of the data set")
    parser.add_argument("--seed", type=int, default=0, help="of the job; every episode's follow from it")
    parser.add_argument("--size", type=parse_size, default=argparse.SUPPRESS, help="HEIGHTxWIDTH of the frames, or own (default: 64x64; own with --minari)")
    parser.add_argument("--max-steps", type=int, default=1000, help="cuts longer episodes")
    parser.add_argument("--stay", type=float, default=0.5, help="probability with which a random action is kept for another step")
    parser.add_argument("--import", dest="modules", action="append", default=[], help="a module that registers environments, such as ale_py or minigrid")
    parser.add_argument("--kwargs", type=json.loads, default={}, help="JSON of further arguments of gymnasium.make")
    given = parser.parse_args(arguments)
    if (given.env_id is None) == (given.minari is None):
        parser.error("give the id of an environment, or --minari")

    def progress(done: int) -> None:
        print(f"\rrecord: {done}/{given.episodes} episodes", end="" if done < given.episodes else "\n", file=sys.stderr, flush=True)

    for driver in ("SDL_AUDIODRIVER", "SDL_VIDEODRIVER"):  # environments that draw with SDL need neither screen nor sound for a picture
        os.environ.setdefault(driver, "dummy")
    try:
        if given.minari:
            record_minari(given.minari, given.out, size=getattr(given, "size", None), pixels=given.pixels)
            return 0
        for module in given.modules:
            imported = importlib.import_module(module)
            if hasattr(gymnasium, "register_envs"):
                gymnasium.register_envs(imported)
        record(
            given.env_id, given.episodes, given.out, seed=given.seed, size=getattr(given, "size", (64, 64)), max_steps=given.max_steps, stay=given.stay,
            progress=progress, **given.kwargs,
        )  # fmt: skip
    except (errors.SomniumError, gymnasium.error.Error, ImportError, ValueError) as error:
        print(f"somnium.record: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
