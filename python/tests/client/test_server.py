"""Servers: tokens, limits, and that nothing outlives its owner."""

from __future__ import annotations

import glob
import os
import signal
import socket
import struct
import subprocess
import sys
import time
from typing import Callable

import numpy as np
import pytest

import somnium
from somnium import local

Serve = Callable[..., str]


def test_a_remote_server_wants_its_token(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    address = serve(token="open sesame")
    with pytest.raises(somnium.TokenError, match="SOMNIUM_TOKEN"):
        somnium.SomniumEnv("RigidCatch-v0", address=address, token="open barley")
    with somnium.SomniumEnv("RigidCatch-v0", address=address, token="open sesame") as env, somnium.SomniumEnv("RigidCatch-v0") as own:
        assert (env.reset(seed=1)[0] == own.reset(seed=1)[0]).all()
    monkeypatch.setenv(local.ADDRESS_VARIABLE, address)
    monkeypatch.setenv(local.TOKEN_VARIABLE, "open sesame")
    assert {told["id"] for told in somnium.list_environments()} >= {"RigidCatch-v0", "dream:small@RigidCatch-v0"}
    with somnium.SomniumVectorEnv("RigidCatch-v0", 2)._handle.connection._socket as connected:
        assert connected.getpeername()[1] == int(address.rpartition(":")[2])


def test_limits_and_unsuited_clients(serve: Serve) -> None:
    address = serve("--max-envs", "3", "--max-message", "9000")
    envs = somnium.SomniumVectorEnv("RigidCatch-v0", 2, address=address)
    with pytest.raises(somnium.LimitError, match="2 environments beside the 2 there are, and the server takes 3"):
        somnium.SomniumVectorEnv("RigidCatch-v0", 2, address=address)
    envs.reset(seed=0)
    with pytest.raises(somnium.ProtocolError, match="at most 9000 are read"):
        envs.restore(0, bytes(20_000))
    with pytest.raises(somnium.ConnectionLost):
        envs.reset()
    host, _, port = address.rpartition(":")
    with socket.create_connection((host, int(port)), 10) as stranger:
        stranger.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        heard = b"".join(iter(lambda: stranger.recv(4096), b""))
        assert struct.unpack("<I", heard[:4])[0] == len(heard) - 4 and b"another protocol" in heard


def test_no_server_no_program(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(somnium.ConnectionLost, match="no server answers at 127.0.0.1:9 .*somnium serve"):
        somnium.SomniumEnv("RigidCatch-v0", address="127.0.0.1:9")
    with pytest.raises(somnium.ConnectionLost, match="is no address"):
        somnium.SomniumEnv("RigidCatch-v0", address="nonsense")
    monkeypatch.setenv(local.BINARY_VARIABLE, "/no/such/program")
    with pytest.raises(somnium.ConnectionLost, match="SOMNIUM_BINARY names /no/such/program"):
        local.find_binary()
    with pytest.warns(RuntimeWarning, match="no environments are registered: SOMNIUM_BINARY"):
        assert somnium.register_all() == []


def segments(pid: int) -> list[str]:
    return glob.glob(f"/dev/shm/somnium-{pid}-*")


def test_the_server_ends_with_its_process_however_that_ends() -> None:
    script = (
        "import signal, somnium, time; from somnium import local;"
        "signal.signal(signal.SIGINT, signal.default_int_handler);"  # which those that run in the background may have been told to ignore
        "envs = somnium.SomniumVectorEnv('RigidCatch-v0', 8); envs.reset(seed=0);"
        "print(local._local._server.pid, local._local._server.address, flush=True); time.sleep(60)"
    )
    for how in (signal.SIGKILL, signal.SIGINT):
        child = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        assert child.stdout is not None
        pid, address = child.stdout.readline().split()
        assert os.path.exists(f"/proc/{pid}") and not segments(int(pid))
        child.send_signal(how)
        child.communicate(timeout=20)
        deadline = time.monotonic() + 20
        while running(int(pid)):
            assert time.monotonic() < deadline, "the server outlives its process"
            time.sleep(0.02)
        assert not os.path.exists(address.removeprefix("unix:")) and not segments(int(pid))


def running(pid: int) -> bool:
    """Whether the process is there and has not ended."""
    try:
        with open(f"/proc/{pid}/stat") as stat:
            return stat.read().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_a_server_that_is_gone_is_said_and_replaced() -> None:
    envs = somnium.SomniumVectorEnv("RigidCatch-v0", 2)
    envs.reset(seed=0)
    server = local._local._server
    assert server is not None
    os.kill(server.pid, signal.SIGTERM)
    with pytest.raises(somnium.ConnectionLost, match="the server is stopping|has gone|is lost"):
        while True:
            envs.step(np.zeros(2, int))
    server._process.wait(20)
    with somnium.SomniumEnv("RigidCatch-v0") as again:
        assert again.reset(seed=0)[0].any()
    assert local._local._server is not server
