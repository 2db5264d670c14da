"""A connection to a server: length-prefixed msgpack, as docs/protocol.md specifies it."""

from __future__ import annotations

import socket
import struct
import time
from collections import deque
from typing import Any

import msgpack

from somnium import errors

PROTOCOL = 1
"""The version of the protocol that this package speaks."""

_LENGTH = struct.Struct("<I")
_SOCKET_BUFFER = 1 << 20
_GREETING = 30.0  # seconds in which a server must answer the first message


def _open(address: str, timeout: float) -> socket.socket:
    if address.startswith("unix:"):
        connected = _open_unix(address.removeprefix("unix:"), timeout)
    else:
        host, colon, port = address.rpartition(":")
        if not colon or not port.isdigit():
            raise errors.ConnectionLost(f"{address!r} is no address; one is host:port or unix:path")
        connected = socket.create_connection((host.strip("[]"), int(port)), timeout)
        connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    connected.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _SOCKET_BUFFER)
    connected.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _SOCKET_BUFFER)
    return connected


def _open_unix(path: str, timeout: float) -> socket.socket:
    deadline = time.monotonic() + timeout
    connected = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    connected.settimeout(timeout)
    while True:
        try:
            connected.connect(path)
            return connected
        except BlockingIOError:  # the queue of those who wait is full, which is nothing to wait upon but time
            if time.monotonic() > deadline:
                raise
            time.sleep(0.005)


class Connection:
    """A greeted connection. Requests are answered in their order; it is for one thread at a time.

    `hello` holds the server's greeting: its protocol, version, environments and limits.
    """

    def __init__(self, address: str, token: str = "", timeout: float | None = None) -> None:
        """Connects and greets. `timeout` bounds every later wait for the server, in seconds; None waits for ever."""
        self.address = address
        try:
            self._socket = _open(address, _GREETING)
        except OSError as error:
            raise errors.ConnectionLost(
                f"no server answers at {address} ({error}); start one with `somnium serve`, or leave the address out and one is started for you"
            ) from error
        self._reader = self._socket.makefile("rb", buffering=1 << 16)
        self._number = 0
        self._due: deque[int] = deque()
        self._packer = msgpack.Packer(autoreset=True)
        self.closed = False
        try:
            self.hello: dict[str, Any] = self.call("hello", protocol=PROTOCOL, token=token)
        except errors.SomniumError:
            self.close()
            raise
        self._socket.settimeout(timeout)

    def call(self, op: str, **fields: Any) -> dict[str, Any]:
        """Sends one request and returns its reply."""
        if self._due:
            raise errors.ProtocolError(f"{len(self._due)} replies are due; receive them before you ask for something else")
        self.send(op, fields)
        return self.receive()

    def send(self, op: str, fields: dict[str, Any]) -> None:
        """Sends a request without waiting for its reply, which `receive` returns in its turn."""
        if self.closed:
            raise errors.ConnectionLost("the connection is closed; make a new environment")
        self._number += 1
        fields["id"], fields["op"] = self._number, op
        body = self._packer.pack(fields)
        try:
            self._socket.sendall(_LENGTH.pack(len(body)) + body)
        except OSError as error:
            # The server may have said why before it hung up.
            self._due.append(0)
            try:
                self.receive()
            except errors.ConnectionLost as lost:
                raise lost from error
            raise errors.ConnectionLost(f"the connection to {self.address} is lost: {error}") from error
        self._due.append(self._number)

    def receive(self) -> dict[str, Any]:
        """Returns the reply that is due, or raises the error that it tells of."""
        if not self._due:
            raise errors.ProtocolError("no reply is due; send a request first")
        try:
            head = self._reader.read(4)
            body = self._reader.read(_LENGTH.unpack(head)[0]) if len(head) == 4 else b""
        except OSError as error:
            self.close()
            raise errors.ConnectionLost(f"the connection to {self.address} is lost: {error}") from error
        if len(head) < 4 or len(body) < _LENGTH.unpack(head)[0]:
            self.close()
            raise errors.ConnectionLost(f"the server at {self.address} has gone; start it again and make the environment anew")
        reply: dict[str, Any] = msgpack.unpackb(body)
        number, error_told = reply["id"], reply.get("error")
        if number == 0 and error_told:  # its last words
            self.close()
            raise errors.from_reply(error_told)
        due = self._due.popleft()
        if number != due:
            self.close()
            raise errors.ProtocolError(f"reply {number} came in the place of {due}")
        if error_told:
            raise errors.from_reply(error_told)
        return reply

    def close(self) -> None:
        """Hangs up, upon which the server frees what was made here. Closing twice is fine."""
        if not self.closed:
            self.closed = True
            self._due.clear()
            self._reader.close()
            self._socket.close()
