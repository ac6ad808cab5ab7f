"""The line of a statement that has returned, the same for every shim."""

from __future__ import annotations

from typing import Any, List, Optional

from ..events import MAX_REST
from ..recorder import Recorder, Scope
from .transaction import Transaction

_LINE = (
    '{"kind":"statement","id":%d,"at":%d,"duration":%d,"scope":%s,%s,"connection":%d,"sql":%d,'
    '"site":%d,"binds":%s%s}\n'
)


def statement_line(
    recorder: Recorder,
    number: int,
    started: int,
    ended: int,
    scope: Optional[Scope],
    transaction: Optional[Transaction],
    connection: int,
    sql: int,
    site: int,
    binds: Any,
    more: str,
) -> str:
    """started, ended: of `perf_counter_ns`. more: further fields as JSON, each after its comma."""
    if transaction is None:
        told = '"transaction":null'
    elif transaction.session:
        told = '"session":%d,"transaction":%d' % (transaction.session, transaction.id)
    else:
        told = '"transaction":%d' % transaction.id
    return _LINE % (
        number,
        (started - recorder.started) // 1000,
        (ended - started) // 1000,
        "null" if scope is None else scope.id,
        told,
        connection,
        sql,
        site,
        recorder.digests.binds(binds),
        more,
    )


_SEQUENCE: Any = (list, tuple)  # Any, so that what is handed in stays Any behind isinstance()


def many(recorder: Recorder, sets: Any) -> str:
    """What a statement with several sets of binds says of them: their number, and those after the
    first as far as they are kept. sets: a sequence, else they are only counted."""
    said = ',"many":%d' % len(sets)
    if len(sets) > 1 and isinstance(sets, _SEQUENCE):
        rest: List[Any] = sets[1 : 1 + MAX_REST]
        said += ',"rest":[%s]' % ",".join([recorder.digests.binds(each) for each in rest])
    return said
