"""Dreams that go on from frames, actions and a caption."""

from __future__ import annotations

from typing import Any

import gymnasium
import numpy as np
import pytest

import somnium


@pytest.fixture(scope="module")
def clip() -> dict[str, Any]:
    """Six true frames, and the actions between them."""
    with somnium.SomniumEnv("RigidCatch-v0") as truth:
        frames, actions = [truth.reset(seed=11)[0]], [2, 2, 0, 1, 1]
        frames += [truth.step(action)[0] for action in actions]
    return {"frames": np.stack(frames), "actions": actions, "caption": "a ball falls"}


def dreamt(env: Any, first: np.ndarray, steps: int = 4) -> np.ndarray:
    """The first picture and those of the next steps."""
    return np.stack([first] + [env.step(2)[0] for _ in range(steps)])


def test_a_dream_goes_on_from_a_clip(clip: dict[str, Any]) -> None:
    with somnium.SomniumEnv("dream:small@RigidCatch-v0") as dream:
        dream.reset(seed=3)
        obs, info = dream.prime(**clip)
        assert (obs == clip["frames"][-1]).all() and info == {}
        assert dream.captions()[0] == "a ball falls"
        first = dreamt(dream, obs)
        assert (first[1] != obs).any()
        again, _ = dream.reset(seed=3, options={"context": clip})
        assert (dreamt(dream, again) == first).all(), "the same seed and context are the same dream, by either way"
        dream.reset(seed=3)
        other = dreamt(dream, dream.prime(clip["frames"][::-1], clip["actions"])[0])
        assert (other != first).any()
        assert dream.prime(caption="a red ball falls")[0].std() > 0, "the first frame is dreamed of words alone"
        unknown = dream.prime(clip["frames"][-1:])[0]
        assert (unknown == clip["frames"][-1]).all() and (dream.prime(clip["frames"], np.array(clip["actions"]))[0] == unknown).all()


def test_wrappers_learn_of_a_context_by_reset(clip: dict[str, Any]) -> None:
    with gymnasium.make("somnium/DreamRigidCatch-v0", max_episode_steps=3) as dream:
        for _ in range(2):
            obs, _ = dream.reset(options={"context": clip})
            assert (obs == clip["frames"][-1]).all()
            assert [dream.step(0)[3] for _ in range(3)] == [False, False, True]


@pytest.mark.parametrize("shared", [True, False])
def test_each_of_a_vector_is_primed_like_a_single_one(clip: dict[str, Any], shared: bool) -> None:
    with somnium.SomniumEnv("dream:small@RigidCatch-v0") as one:
        alone = dreamt(one, one.reset(seed=8, options={"context": clip})[0])
    envs = somnium.SomniumVectorEnv("dream:small@RigidCatch-v0", 2, shared=shared)
    before, _ = envs.reset(seed=7)
    first = envs.prime(1, **clip)
    assert (first[0] == before[0]).all()
    after = [first[1]] + [envs.step(np.array([0, 2]))[0][1] for _ in range(4)]
    assert (np.stack(after) == alone).all()
    both, _ = envs.reset(seed=7, options={"context": [None, clip]})
    assert (both == first).all()
    both, _ = envs.reset(seed=7, options={"context": clip})
    assert (both == clip["frames"][-1]).all()
    masked, _ = envs.reset(options={"context": {"frames": clip["frames"][:1]}, "reset_mask": np.array([False, True])})
    assert (masked[0] == both[0]).all() and (masked[1] == clip["frames"][0]).all()
    with pytest.raises(ValueError, match="3 contexts for 2 environments"):
        envs.reset(options={"context": [None, None, clip]})
    envs.close()


def test_what_is_no_context_is_an_error_and_changes_nothing(clip: dict[str, Any]) -> None:
    frames, actions = clip["frames"], clip["actions"]
    with somnium.SomniumEnv("dream:small@RigidCatch-v0", render_mode="rgb_array") as dream:
        first = dreamt(dream, dream.reset(seed=3, options={"context": clip})[0])
        obs, _ = dream.reset(seed=3, options={"context": clip})
        with pytest.raises(somnium.RequestError, match="prime: frames of 32x64; those of .* are 64x64"):
            dream.prime(frames[:, :32])
        with pytest.raises(somnium.RequestError, match="1025 frames; at most 1024 are taken"):
            dream.prime(np.zeros((1025, 64, 64, 3), np.uint8))
        with pytest.raises(somnium.RequestError, match="of actions; the 5 between 6 frames"):
            dream.prime(frames, actions * 2)
        with pytest.raises(somnium.EnvironmentFault, match="world: the action into frame 5: .*choice 7 is outside Discrete"):
            dream.prime(frames, [*actions[:-1], 7])
        with pytest.raises(somnium.EnvironmentFault, match="world: the context has neither a frame nor a caption"):
            dream.prime()
        with pytest.raises(ValueError, match=r"the frames are float64 \(6, 64, 64, 3\), and must be uint8"):
            dream.prime(frames / 255)
        with pytest.raises(TypeError, match="cast"):
            dream.prime(frames, [0.5] * 5)
        assert dream.render() is not None and (dream.render() == obs).all()
        assert (dreamt(dream, obs) == first).all()
    with somnium.SomniumEnv("RigidCatch-v0") as truth, pytest.raises(somnium.UnsupportedError, match="cannot do prime"):
        truth.prime(frames, actions)


def test_a_message_bounds_the_frames(serve: Any) -> None:
    with somnium.SomniumEnv("dream:small@RigidCatch-v0", address=serve("--max-message", "100000")) as dream:
        with pytest.raises(somnium.ProtocolError, match="at most 100000 are read"):
            dream.prime(np.zeros((9, 64, 64, 3), np.uint8))
