"""An environment, or a vector of them, on a server: what the Gymnasium and dm_env classes are made of."""

from __future__ import annotations

from typing import Any, Mapping, Sequence

import numpy as np

from somnium import block
from somnium.connection import Connection


class Handle:
    """N environments of one name on a server. Outcomes are views that hold until `slots` further ones have been asked for."""

    def __init__(self, connection: Connection, name: str, num: int, mode: str, shared: bool = True, slots: int = 4) -> None:
        """Makes them. `mode` is single, next_step, same_step or disabled; `shared` tries for shared memory."""
        self.connection = connection
        made = connection.call("make", name=name, num=num, mode=mode, shared=shared, slots=slots)
        self.num = num
        self.spec: dict[str, Any] = made["spec"]
        self.capabilities: list[str] = made["capabilities"]
        self._number: int = made["handle"]
        self._fields, self._size = made["block"], made["block_size"]
        self._action_fields = made["action"]
        self._input = bytearray(made["action_size"])
        self._actions = block.views(made["action"], self._input, 0, len(self._input))["action"]
        self._ring: list[block.Outcome] = []
        if "segment" in made:
            self._attach(made["segment"])

    @property
    def shared(self) -> bool:
        """Whether observations come through shared memory."""
        return bool(self._ring)

    @property
    def slots(self) -> int:
        """The number of outcomes that hold at a time."""
        return max(1, len(self._ring))

    def _attach(self, told: Mapping[str, Any]) -> None:
        try:
            segment = block.Segment(told)
        except OSError:
            self.connection.call("attach", handle=self._number, mapped=False)
            return
        self._ring = [
            block.Outcome(block.views(self._fields, segment.memory, segment.offset + slot * self._size, self._size))
            for slot in range(segment.slots)
        ]
        self.connection.call("attach", handle=self._number, mapped=True)

    def _outcome(self, reply: Mapping[str, Any]) -> block.Outcome:
        if "slot" in reply:
            slot: int = reply["slot"]
            return self._ring[slot]
        sent: bytes = reply["block"]
        return block.Outcome(block.views(self._fields, sent, 0, len(sent)))

    def reset(
        self,
        seeds: Sequence[int] | None = None,
        mask: np.ndarray | None = None,
        params: Mapping[str, float] | None = None,
    ) -> block.Outcome:
        """Starts episodes, in all environments or in those of the mask, and returns the observations of all."""
        fields: dict[str, Any] = {}
        if seeds is not None:
            fields["seeds"] = np.asarray(seeds, dtype="<u8").tobytes()
        if mask is not None:
            fields["mask"] = np.asarray(mask, dtype=np.uint8).tobytes()
        if params:
            fields["params"] = {name: float(x) for name, x in params.items()}
        return self._outcome(self.connection.call("reset", handle=self._number, **fields))

    def step(self, actions: block.Tree) -> block.Outcome:
        """Applies N actions."""
        self.send(actions)
        return self.receive()

    def send(self, actions: block.Tree) -> None:
        """Sends N actions without waiting for the outcome, which `receive` returns."""
        block.write(self._actions, actions)
        self.connection.send("step", {"handle": self._number, "actions": self._input})

    def receive(self) -> block.Outcome:
        """Returns the outcome of the earliest actions that were sent and not yet received."""
        return self._outcome(self.connection.receive())

    def action_row(self, action: block.Tree) -> block.Tree:
        """The batch of one that holds an action."""
        if isinstance(action, Mapping):
            return {key: self.action_row(part) for key, part in action.items()}
        return np.asarray(action)[None]

    def snapshot(self, index: int = 0) -> bytes:
        """The whole state of an environment, its random stream included."""
        snapshot: bytes = self._ask("snapshot", index)["snapshot"]
        return snapshot

    def restore(self, snapshot: bytes, index: int = 0) -> block.Outcome:
        """Brings a state back, and returns the observations of all environments."""
        return self._outcome(self._ask("restore", index, snapshot=snapshot))

    def prime(self, frames: Any = None, actions: Any = None, caption: str = "", index: int = 0) -> block.Outcome:
        """Begins an episode that continues the context, and returns the observations of all environments."""
        context: dict[str, Any] = {"caption": caption, **self._frames(frames)}
        if actions is not None:
            packed, parts = block.lay_out(self._action_fields, len(actions))
            block.write(parts["action"], self._stack(actions, parts["action"]))
            context["actions"] = bytes(packed)
        return self._outcome(self._ask("prime", index, **context))

    def _frames(self, frames: Any) -> dict[str, Any]:
        """The fields that hold pictures, of which there may be none."""
        if frames is None or len(frames) == 0:
            shape = self.spec["observation"].get("shape", (0, 0))
            return {"height": shape[0], "width": shape[1], "frames": b""}
        pictures = np.ascontiguousarray(frames)
        if pictures.dtype != np.uint8 or pictures.ndim != 4 or pictures.shape[3] != 3:
            raise ValueError(f"the frames are {pictures.dtype} {pictures.shape}, and must be uint8 (T, height, width, 3)")
        return {"height": pictures.shape[1], "width": pictures.shape[2], "frames": pictures.tobytes()}

    def _stack(self, actions: Sequence[Any], target: block.Tree) -> block.Tree:
        """A sequence of actions as a batch of them."""
        if isinstance(target, dict):
            return {key: self._stack([action[key] for action in actions], part) for key, part in target.items()}
        return np.asarray(actions) if len(actions) else np.empty(target.shape, target.dtype)

    def state(self, index: int = 0) -> dict[str, Any]:
        """The true state of an environment: step, bodies and values."""
        state: dict[str, Any] = self._ask("state", index)["state"]
        return state

    def captions(self, index: int = 0) -> tuple[str, str]:
        """What a person would say of the scene, in a few words and in a few sentences."""
        reply = self._ask("captions", index)
        return reply["short"], reply["detailed"]

    def render(self, index: int = 0) -> np.ndarray:
        """The picture of the last observation, uint8 [height, width, 3]."""
        reply = self._ask("render", index)
        return np.frombuffer(reply["block"], np.uint8).reshape(reply["height"], reply["width"], 3).copy()

    def _ask(self, op: str, index: int, **fields: Any) -> dict[str, Any]:
        return self.connection.call(op, handle=self._number, index=index, **fields)

    def close(self) -> None:
        """Frees them on the server and hangs up. Closing twice is fine."""
        self.connection.close()
