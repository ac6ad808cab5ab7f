"""Scopes: requests and tests, what statements and errors belong to. They follow contextvars."""

from __future__ import annotations

from _thread import get_ident
from contextvars import Token
from typing import Any, Dict, List, Optional, Tuple

from .errors import record_failure, settle
from .lines import Raw
from .recorder import Recorder, Scope

TEST = "test"

Entered = Tuple[Scope, "Token[Optional[Scope]]"]


def enter(recorder: Recorder, kind: str, name: str, **fields: Any) -> Entered:
    """Open a scope inside the current one; its line rides on the first event in it."""
    parent = recorder.current()  # also of a server that the test runs in a thread
    if parent is recorder.test and kind == TEST and recorder.scope.get() is None:
        parent = None
    while parent is not None and parent.answered:  # a server began this one at the end of another
        parent = parent.parent
    scope = Scope(recorder.number(), parent, kind, recorder.started)
    recorder.rider(
        "scope",
        id=scope.id,
        parent=None if parent is None else parent.id,
        type=kind,
        name=name,
        at=recorder.at(),
        **fields,
    )
    if kind == TEST and recorder.test is None:
        recorder.test, recorder.test_thread = scope, get_ident()
    return scope, recorder.scope.set(scope)


def leave(recorder: Recorder, entered: Entered, outcome: str, **fields: Any) -> None:
    """Close a scope: what became of its errors, then its end, durable when this returns."""
    scope, token = entered
    if scope.started != recorder.started:  # the parent's, left in a forked child
        return
    if recorder.test is scope:
        recorder.test = None
    scope.ended = True
    if scope.kind != TEST:
        for leaving in recorder.leaving:
            leaving(scope)
    for sweeping in recorder.sweeping:
        sweeping(scope)
    settle(recorder, scope.errors)
    recorder.event("scope_end", id=scope.id, at=recorder.at(), outcome=outcome, **fields)
    try:
        recorder.scope.reset(token)
    except ValueError:  # another context: a streamed body, a generator fixture
        pass
    except RuntimeError:  # the token was used: the scope was left before
        pass


def failed(recorder: Recorder, scope: Scope, error: BaseException, phase: str) -> None:
    """Record the exception that makes a scope fail."""
    record_failure(recorder, scope if scope.started == recorder.started else None, error, phase)


def record_inputs(recorder: Recorder, scope: Scope, parts: Dict[str, Any]) -> None:
    """Record what a request brought: `path`, `query`, `form`, `json`; empty parts are left out."""
    for part, value in parts.items():
        if value:
            text, cut = recorder.digests.shape(value)
            absent = _absent(value) if part == "path" else None
            recorder.rider(
                "inputs",
                scope=scope.id,
                part=part,
                values=Raw(text),
                cut=cut or None,
                absent=absent,
            )


def _absent(values: Any) -> Optional[List[str]]:
    """The path's parameters that say that their sender had no identifier."""
    found = [
        str(name) for name, value in values.items() if type(value) is str and value in NO_IDENTIFIER
    ]
    return found or None


NO_IDENTIFIER = ("null", "None", "undefined", "NaN")
"""How clients write an identifier that they never got."""
