"""The queries of the app's source, as the mapped classes of the run tell them."""

from __future__ import annotations

from weakref import WeakKeyDictionary

from ormprobe.signals.known import Known
from ormprobe.source import Source
from ormprobe.source.queries import Queries, mapped_in

_KEPT: WeakKeyDictionary[Source, tuple[int, Queries]] = WeakKeyDictionary()


def queries_of(known: Known) -> Queries:
    """The app's queries as its source shows them; read anew when more classes are known."""
    tables = known.run.tables
    kept = _KEPT.get(known.source)
    if kept is not None and kept[0] == len(known.run.entities) + len(tables):
        return kept[1]
    entities: dict[str, frozenset[str]] = {}
    for table in (*known.run.entities.values(), *tables.values()):
        if table.entity is None:
            continue
        names = {each.name for each in table.columns} | {each.name for each in table.relations}
        names |= {name.removesuffix("_id") for name in names} | {"id", "pk"}
        name = table.entity.rpartition(".")[2]
        entities[name] = entities.get(name, frozenset()) | names
    queries = Queries(known.source, mapped_in(known.source, entities))
    _KEPT[known.source] = len(known.run.entities) + len(tables), queries
    return queries
