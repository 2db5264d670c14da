"""What goes wrong on the server arrives as an exception with the server's own words."""

from __future__ import annotations


class SomniumError(RuntimeError):
    """Any error that the server or the connection to it tells of."""


class ConnectionLost(SomniumError):
    """There is no server at the address, or the connection to it has ended."""


class ProtocolError(SomniumError):
    """Client and server do not understand each other; the connection is closed."""


class TokenError(SomniumError):
    """The server wants a token, and the one given is not it."""


class LimitError(SomniumError):
    """The server takes no more clients, environments or memory."""


class RequestError(SomniumError, ValueError):
    """A request asks for what does not exist or is out of range."""


class UnsupportedError(SomniumError, NotImplementedError):
    """The environment lacks the capability."""


class EnvironmentFault(SomniumError, ValueError):
    """The environment's own error: an action outside its space, a step after the end of an episode, an unknown parameter."""


KINDS: dict[str, type[SomniumError]] = {
    "protocol": ProtocolError,
    "version": ProtocolError,
    "token": TokenError,
    "limit": LimitError,
    "request": RequestError,
    "unsupported": UnsupportedError,
    "environment": EnvironmentFault,
    "stopping": ConnectionLost,
}


def from_reply(error: dict[str, str]) -> SomniumError:
    """The exception for the error of a reply."""
    return KINDS.get(error.get("kind", ""), SomniumError)(error.get("message", "the server gave no reason"))
