"""Runs a server under injection on a free port, for the time of a block."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.instrumentation.traced import Child, environment, files_of

PATIENCE_S = 30.0


@dataclass
class Server:
    """A server that runs, and what it left once it has ended."""

    base: str
    process: subprocess.Popen[str]
    ended: list[Child] = field(default_factory=list[Child])

    @property
    def address(self) -> tuple[str, int]:
        return "127.0.0.1", int(self.base.rpartition(":")[2])

    @property
    def child(self) -> Child:
        """The server's end and events, after the block."""
        [child] = self.ended
        return child


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


@contextmanager
def served(
    arguments: Sequence[str],
    app: Path,
    *,
    env: Mapping[str, str] | None = None,
    python: str | Path = sys.executable,
) -> Iterator[Server]:
    """Serve from the folder `app`, traced into its `trace`; `{port}` in an argument is the port.

    Without one, `--port` is appended. The server is told to end by SIGINT.
    """
    port = free_port()
    given = [argument.replace("{port}", str(port)) for argument in arguments]
    if given == list(arguments):
        given += ["--port", str(port)]
    trace = app / "trace"
    with (app / "out.txt").open("w") as out, (app / "err.txt").open("w") as err:
        process = subprocess.Popen(
            [str(python), *given],
            cwd=app,
            env=environment(trace, env),
            stdout=out,
            stderr=err,
            text=True,
        )
        server = Server(f"http://127.0.0.1:{port}", process)
        try:
            _wait(process, port)
            yield server
        finally:
            if process.poll() is None:
                os.kill(process.pid, signal.SIGINT)
            try:
                status = process.wait(PATIENCE_S)
            except subprocess.TimeoutExpired:
                process.kill()
                status = process.wait()
    texts = [(app / name).read_text() for name in ("out.txt", "err.txt")]
    server.ended.append(Child(status, texts[0], texts[1], files_of(trace)))


def _wait(process: subprocess.Popen[str], port: int) -> None:
    """Until the port answers or the process has ended."""
    until = time.monotonic() + PATIENCE_S
    while process.poll() is None and time.monotonic() < until:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
