"""Requests that were to write and left nothing, and the answers that later missed it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ormprobe.signals.carriers import missed, values_left_out, values_missed, values_wanted
from ormprobe.signals.errors import key_of
from ormprobe.signals.known import Known, failed_us, requests_of
from ormprobe.signals.linking import Linking
from ormprobe.timeline.model import Scope, Statement
from ormprobe_taxonomy.signals import LeftUndone, SoughtInVain

READS = ("errors", "failures", "transactions", "checks")

ANYWHERE = "?"
"""The database of a request that sent no statement."""


def detect(scope: Scope, known: Known) -> Iterator[LeftUndone | SoughtInVain]:
    requests = requests_of(scope)
    for request in requests:
        found = _undone(known, scope, request)
        if found is not None:
            yield found
    failing = failed_us(scope) is not None or scope.outcome in ("failed", "error")
    if requests and failing:
        yield from _sought(known, scope, requests)


def _undone(known: Known, scope: Scope, request: Scope) -> LeftUndone | None:
    errors = [key_of(error) for found in request.walk() for error in found.errors]
    errors += [failure.event for found in request.walk() for failure in found.failures]
    # an exception that a test's client passed on is recorded of both
    told = {failure.chain[0].message for found in request.walk() for failure in found.failures}
    errors += [f.event for f in scope.failures if f.chain and f.chain[0].message in told]
    lost = [
        f"{transaction.process}/{transaction.number}"
        for found in request.walk()
        for transaction in found.transactions
        if transaction.wrote and transaction.end != "commit"
    ]
    carriers = _left_out(known, scope, request) if errors or lost else ()
    if not carriers:
        return None
    return LeftUndone(
        at_us=request.started_us,
        errors=tuple(errors),
        transactions=tuple(lost),
        carriers=carriers,
        events=(request.event,),
    )


def _left_out(known: Known, scope: Scope, request: Scope) -> tuple[str, ...]:
    """What a request that was to write should have left: its values, an entry of its collection."""
    where = _where(known, scope, request.all_statements())
    carriers = [f"value|{each}|{value}" for each in where for value in values_left_out(request)]
    if request.route and _may_create(request):
        route = request.route.rstrip("/")
        carriers += [f"route|{each}|{route}" for each in where]
        carriers.append(f"identifier|{route}")
    return tuple(carriers)


def _sought(known: Known, scope: Scope, requests: list[Scope]) -> Iterator[SoughtInVain]:
    """What the request, whose answer failed the outcome, missed."""
    linking = Linking(scope, known)
    for request in requests:
        if request is not scope and not linking.is_last(request):
            continue
        statements = missed(request)
        where = (*_where(known, scope, statements), ANYWHERE)
        refused = (request.status or 500) >= 400
        values = values_missed(request) | values_wanted(scope.checks)
        carriers = [f"value|{each}|{value}" for each in where for value in values]
        path = request.inputs.get("path")
        if path is not None and refused:
            carriers += [f"identifier|{_before(request.route or '', name)}" for name in path.absent]
        if statements and not refused and request.route and request.method == "GET":
            carriers += [f"route|{each}|{request.route.rstrip('/')}" for each in where]
        if carriers:
            events = [request.event, *(statement.event for statement in statements[:8])]
            yield SoughtInVain(
                at_us=request.started_us,
                carriers=tuple(carriers),
                left=_left_out(known, scope, request) if refused else (),
                events=tuple(events),
            )


def _may_create(request: Scope) -> bool:
    return request.method in ("POST", "PUT")


def _before(route: str, name: str) -> str:
    """A route up to one of its parameters: `/racks` of `/racks/<int:rack>/slots`."""
    found = re.search(rf"[<{{](?:[^<>{{}}]*:)?{re.escape(name)}(?::[^<>{{}}]*)?[>}}]", route)
    return route[: found.start()].rstrip("/") if found is not None else route


def _where(known: Known, scope: Scope, statements: list[Statement]) -> tuple[str, ...]:
    """The databases of a request, else those of its outcome."""
    own = _databases(known, statements)
    return own or _databases(known, scope.all_statements()) or (ANYWHERE,)


def _databases(known: Known, statements: list[Statement]) -> tuple[str, ...]:
    """The databases that statements went to: by their address, or one for each connection."""
    found: dict[str, None] = {}
    for statement in statements:
        key = (statement.process, statement.connection or 0)
        connection = known.run.connections.get(key)
        if connection is not None and connection.namespace and not connection.memory:
            found[connection.namespace] = None
        else:
            found[f"{key[0]}/{key[1]}"] = None
    return tuple(found)
