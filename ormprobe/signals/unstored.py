"""Apps that were to use an ORM or a database and keep their data in memory, over a whole run."""

from __future__ import annotations

from dataclasses import dataclass

from ormprobe.outcomes import of_scope
from ormprobe.signals.known import Known
from ormprobe.source.imports import stores_data
from ormprobe.source.stores import Store, stores_in
from ormprobe.timeline.model import Scope
from ormprobe_taxonomy.signals import KeptInMemory

_METHODS = ("POST", "PUT", "PATCH", "DELETE")


@dataclass(slots=True)
class Unstored:
    """Filled while scopes are judged.

    stored: a statement was seen. served: how many requests that change data succeeded; first: the
    earliest, with the outcome that it belongs to. handlers: the functions that answered them.
    """

    stored: bool = False
    served: int = 0
    first: tuple[Scope, str] | None = None
    handlers: frozenset[str] = frozenset()

    def take(self, scope: Scope) -> None:
        """Look at an outermost scope."""
        if self.stored:
            return
        if any(found.statements for found in scope.walk()):
            self.stored = True
            return
        for request in scope.walk():
            if request.kind != "request" or request.method not in _METHODS:
                continue
            if request.status is None or not 200 <= request.status < 300:
                continue
            self.served += 1
            if self.first is None:
                self.first = (request, of_scope(scope if scope.kind != "process" else request).id)
            if request.handler is not None:
                self.handlers |= {request.handler.function.rpartition(".")[2]}

    def signal(self, known: Known) -> tuple[str, KeptInMemory] | None:
        """What was seen at the end of the run, with the outcome that it is told of."""
        declared = known.expected
        if self.stored or self.first is None or not (declared.orm or declared.database):
            return None
        if known.watched_orm() is not None or stores_data(known.source):
            return None  # it is there: why it was not used is not to be told from here
        store = self._store(stores_in(known.source))
        if store is None:
            return None
        request, outcome = self.first
        return outcome, KeptInMemory(
            at_us=request.started_us,
            place=store.place,
            orm=declared.orm,
            database=declared.database,
            store=store.name,
            request=f"{request.method} {request.route or request.path or request.name}",
            count=self.served,
            events=(request.event,),
        )

    def _store(self, stores: list[Store]) -> Store | None:
        """The container that the functions which answered change, else the one changed most."""
        for store in stores:
            if not store.changed_in.isdisjoint(self.handlers):
                return store
        return stores[0] if stores else None
