"""What must hold of a server that was traced under load."""

from __future__ import annotations

import os
from dataclasses import dataclass, field

import pytest

from tests.instrumentation.traced import line_of
from tests.servers.serving import HERE, Served

BROAD = pytest.mark.skipif("ORMPROBE_SERVERS" not in os.environ, reason="`make servers` runs it")


@dataclass(frozen=True)
class Server:
    """How an app is served. workers: processes that must have answered; exits: all say goodbye,
    which a server without a handler for SIGTERM does not."""

    command: str
    workers: int = 1
    exits: bool = True
    drive: str = "--stream"
    env: dict[str, str] = field(default_factory=dict)


def broad(names: object, always: tuple[str, ...]) -> list[object]:
    """Parameters: those not `always` run where the broad matrix is asked for."""
    return [
        name if name in always else pytest.param(name, marks=[pytest.mark.slow, BROAD])
        for name in names  # type: ignore[attr-defined]
    ]


def check(served: Served, server: Server) -> None:
    """What holds of every run whose app is healthy."""
    assert served.status == 0, served.stderr
    assert served.report["verdict"]["status"] == "passed"
    assert [label for label in served.report["labels"] if label["severity"] != "hazard"] == []
    assert served.report["run"]["counts"]["malformed_lines"] == 0
    check_trace(served)
    assert served.seen() == served.answered
    assert len(served.workers) >= server.workers
    if server.exits:
        assert all(file.of("exit") for file in served.files)


def check_trace(served: Served, killed: bool = False) -> None:
    """What holds of a trace even if a process was killed: nothing lost, twice, astray or torn."""
    assert served.answered, served.stderr
    assert not served.disabled
    assert served.torn == 0
    assert served.astray() == []
    assert served.uneven(killed) == []
    assert not served.answered - served.seen()
    assert served.orphans == ()
    assert served.port_is_free


def check_fault(served: Served, app: str) -> None:
    """The commit that is missing from `change` is found, for certain, on its line."""
    line = line_of((HERE / "apps" / app).read_text(), "# here: the change")
    assert served.status == 1, served.stderr
    primary = served.report["verdict"]["primary"]
    assert (primary["cause"], primary["certainty"]) == ("uncommitted-write", "certain")
    [label] = [found for found in served.report["labels"] if found["id"] == primary["label"]]
    assert (label["where"]["file"], label["where"]["function"]) == (app, "change")
    assert abs(label["where"]["line"] - line) <= 3
    assert served.orphans == ()
    assert served.port_is_free
