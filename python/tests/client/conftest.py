"""What the tests of the client share: servers of their own."""

from __future__ import annotations

import json
import os
import subprocess
from typing import Callable, Iterator

import pytest

from somnium import local


@pytest.fixture
def serve() -> Iterator[Callable[..., str]]:
    """A function that starts `somnium serve` with the arguments and a token, and returns the address."""
    running: list[subprocess.Popen[str]] = []

    def start(*arguments: str, token: str = "") -> str:
        surroundings = {**os.environ, local.TOKEN_VARIABLE: token}
        command = [local.find_binary(), "serve", "--json", "--attached", "--listen", "127.0.0.1:0", *arguments]
        server = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=surroundings)
        running.append(server)
        assert server.stdout is not None
        lines = []
        for line in server.stdout:
            lines.append(line)
            if line == "}\n":
                break
        return str(json.loads("".join(lines))["address"])

    yield start
    for server in running:
        assert server.poll() is None, "the server ended by itself"
        server.communicate(timeout=20)
        assert server.returncode == 0
