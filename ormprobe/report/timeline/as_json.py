"""The timeline as one JSON document, written scope by scope."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec

from ormprobe.report.timeline.model import SCHEMA, ScopeEntry
from ormprobe.timeline.run import Run


def document(trace: Path, scopes: Iterable[ScopeEntry], run: Run) -> Iterator[str]:
    """The document in parts, a scope a line; what is known of the whole run stands last."""
    head = msgspec.json.encode({"schema": SCHEMA, "trace": str(trace)}).decode()
    yield f'{head[:-1]},"scopes":['
    for number, scope in enumerate(scopes):
        yield f"{',' if number else ''}\n{msgspec.json.encode(scope).decode()}"
    counts = msgspec.json.encode(msgspec.to_builtins(run.counts)).decode()
    yield f'\n],"counts":{counts}}}\n'
