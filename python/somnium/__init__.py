"""Somnium's simulators and dreams for Gymnasium.

    import gymnasium
    import somnium  # registers every environment under somnium/

    env = gymnasium.make("somnium/RigidCatch-v0")
    envs = gymnasium.make_vec("somnium/RigidCatch-v0", num_envs=64)

The environments run in a Go program, `somnium serve`, which is started where no server is given, and ends with Python. See
docs/python.md.
"""

from somnium.environment import SomniumEnv
from somnium.errors import (
    ConnectionLost,
    EnvironmentFault,
    LimitError,
    ProtocolError,
    RequestError,
    SomniumError,
    TokenError,
    UnsupportedError,
)
from somnium.local import connect, list_environments, stop_local_server
from somnium.registration import register_all
from somnium.vector import SomniumVectorEnv

__all__ = [
    "ConnectionLost",
    "EnvironmentFault",
    "LimitError",
    "ProtocolError",
    "RequestError",
    "SomniumEnv",
    "SomniumError",
    "SomniumVectorEnv",
    "TokenError",
    "UnsupportedError",
    "connect",
    "list_environments",
    "register_all",
    "stop_local_server",
]

register_all()
