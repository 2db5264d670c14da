"""The server that a Python process starts for itself where no address is given."""

from __future__ import annotations

import atexit
import json
import os
import secrets
import shutil
import subprocess
import tempfile
import threading
from pathlib import Path
from typing import Any

from somnium import errors
from somnium.connection import Connection

ADDRESS_VARIABLE = "SOMNIUM_ADDRESS"
TOKEN_VARIABLE = "SOMNIUM_TOKEN"
BINARY_VARIABLE = "SOMNIUM_BINARY"


def find_binary() -> str:
    """The path of the `somnium` program: that of SOMNIUM_BINARY, else the one on the PATH, else the one of the source tree."""
    named = os.environ.get(BINARY_VARIABLE)
    if named:
        if not os.access(named, os.X_OK):
            raise errors.ConnectionLost(f"{BINARY_VARIABLE} names {named}, which is no program; set it to the path of `somnium`")
        return named
    built = Path(__file__).resolve().parents[2] / "bin" / "somnium"
    found = shutil.which("somnium") or (str(built) if os.access(built, os.X_OK) else None)
    if found is None:
        raise errors.ConnectionLost(
            "the program `somnium` is not to be found; build it with `make build` and put it on the PATH, "
            f"set {BINARY_VARIABLE} to where it is, or set {ADDRESS_VARIABLE} to a server's address"
        )
    return found


class LocalServer:
    """A `somnium serve` on a Unix socket of its own, which ends with this process, however that ends."""

    def __init__(self) -> None:
        # The server takes its socket away when it ends, and it makes it its user's alone.
        self._path = os.path.join(tempfile.gettempdir(), f"somnium-{os.getpid()}-{secrets.token_hex(4)}.sock")
        surroundings = {name: value for name, value in os.environ.items() if name != TOKEN_VARIABLE}
        self._process = subprocess.Popen(
            [find_binary(), "serve", "--json", "--attached", "--listen", f"unix:{self._path}"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=surroundings,
            text=True,
            start_new_session=True,  # an interrupt at the terminal is for Python to handle
        )
        self.pid = self._process.pid
        self.address: str = self._read_figures()["address"]

    def _read_figures(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        lines = []
        for line in self._process.stdout:
            lines.append(line)
            if line == "}\n":
                figures: dict[str, Any] = json.loads("".join(lines))
                return figures
        status = self._process.wait()
        self.stop()
        raise errors.ConnectionLost(f"`somnium serve` ended with status {status}; it says why on standard error")

    @property
    def running(self) -> bool:
        """Whether the server still runs."""
        return self._process.poll() is None

    def stop(self) -> None:
        """Stops the server and waits until it has ended."""
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
            Path(self._path).unlink(missing_ok=True)

    def forget(self) -> None:
        """Lets go of a server that the parent process owns."""
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()


class _Local:
    """The one server of this process, started when it is first needed."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._server: LocalServer | None = None
        atexit.register(self.stop)
        os.register_at_fork(after_in_child=self._forked)

    def address(self) -> str:
        with self._lock:
            if self._server is not None and not self._server.running:
                self._server.stop()
                self._server = None
            if self._server is None:
                self._server = LocalServer()
            return self._server.address

    def stop(self) -> None:
        with self._lock:
            if self._server is not None:
                self._server.stop()
                self._server = None

    def _forked(self) -> None:
        self._lock = threading.Lock()
        if self._server is not None:
            self._server.forget()
            self._server = None


_local = _Local()


def stop_local_server() -> None:
    """Stops the server that this process has started, if any; the next environment starts another."""
    _local.stop()


def connect(address: str | None = None, token: str | None = None, timeout: float | None = None) -> Connection:
    """Connects to the server at the address, else at that of SOMNIUM_ADDRESS, else to one that this process starts."""
    address = address or os.environ.get(ADDRESS_VARIABLE)
    if not address:
        return Connection(_local.address(), timeout=timeout)
    return Connection(address, os.environ.get(TOKEN_VARIABLE, "") if token is None else token, timeout)


def list_environments() -> list[dict[str, Any]]:
    """What can be made: id, doc and max_episode_steps of each, by the server of SOMNIUM_ADDRESS, else by the program."""
    address = os.environ.get(ADDRESS_VARIABLE)
    if address:
        connection = connect(address)
        connection.close()
        told: list[dict[str, Any]] = connection.hello["environments"]
        return told
    listed = subprocess.run([find_binary(), "serve", "--list", "--json"], capture_output=True, text=True, timeout=60)
    if listed.returncode != 0:
        raise errors.ConnectionLost(f"`somnium serve --list` ended with status {listed.returncode}: {listed.stderr.strip()}")
    environments: list[dict[str, Any]] = json.loads(listed.stdout)["environments"]
    return environments
