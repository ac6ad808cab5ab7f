"""Requests that were to write and left nothing, and the answers that later missed it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ormprobe.signals.carriers import missed, values_left_out, values_missed
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
    values = values_left_out(request) if errors or lost else frozenset[str]()
    routes = [_collection(request)] if errors and request.route and _may_create(request) else []
    if not values and not routes:
        return None
    where = _databases(known, request.all_statements()) or _databases(known, scope.all_statements())
    carriers = [f"value|{each}|{value}" for each in where or (ANYWHERE,) for value in values]
    return LeftUndone(
        at_us=request.started_us,
        errors=tuple(errors),
        transactions=tuple(lost),
        carriers=(*carriers, *(f"route|{route}" for route in routes)),
        events=(request.event,),
    )


def _sought(known: Known, scope: Scope, requests: list[Scope]) -> Iterator[SoughtInVain]:
    """What the request, whose answer failed the outcome, missed."""
    linking = Linking(scope, known)
    for request in requests:
        if request is not scope and not linking.is_last(request):
            continue
        values = values_missed(request)
        statements = missed(request)
        where = (*_databases(known, statements), ANYWHERE)
        carriers = [f"value|{each}|{value}" for each in where for value in values]
        path = request.inputs.get("path")
        if path is not None and path.absent and (request.status or 500) >= 400:
            carriers += [f"route|{_before(request.route or '', name)}" for name in path.absent]
        if carriers:
            events = [request.event, *(statement.event for statement in statements[:8])]
            yield SoughtInVain(
                at_us=request.started_us, carriers=tuple(carriers), events=tuple(events)
            )


def _may_create(request: Scope) -> bool:
    return request.method in ("POST", "PUT")


def _collection(request: Scope) -> str:
    return (request.route or "").rstrip("/")


def _before(route: str, name: str) -> str:
    """A route up to one of its parameters: `/racks` of `/racks/<int:rack>/slots`."""
    found = re.search(rf"[<{{](?:[^<>{{}}]*:)?{re.escape(name)}(?::[^<>{{}}]*)?[>}}]", route)
    return route[: found.start()].rstrip("/") if found is not None else route


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
