"""The lines that answer a request, and those that put its answer together."""

from __future__ import annotations

from collections.abc import Sequence

from ormprobe.signals.known import in_tests
from ormprobe.signals.linking import Linking
from ormprobe.source import Source
from ormprobe.source.answer_keys import Made, holding, lacking, mistaken
from ormprobe.timeline.model import Scope, Site, Statement


def answering(target: Scope, statement: Statement, linking: Linking) -> Site | None:
    """What answered: of a request its handler, of a call from a test the function called."""
    if target.kind == "request":
        found = linking.handler_of(target)
        if found is not None:
            return found
    callers = [site for site in statement.callers if not in_tests(site)]
    return callers[-1] if callers else statement.site


def put_together(
    source: Source,
    keys: Sequence[str],
    key: str,
    how: str,
    shown: str | None,
    order: Sequence[str],
    handler: Site | None,
) -> Made | None:
    """What put an object of these keys together, where the source tells; of several, the handler.

    key: that it lacks, or shows wrongly. how, shown: as in `ValueNotShown`.
    order: of the columns that were read.
    """
    if how == "swapped" and shown is not None:
        slips = mistaken(source, key, shown)
        if len(slips) == 1:
            return slips[0]
    if not keys:
        return None
    if how in ("lacking", "renamed"):
        found = lacking(source, keys, key, order)
    else:
        found = holding(source, keys, key)
    if len(found) > 1 and handler is not None:
        at = handler.path, handler.function
        found = [each for each in found if (each.path, each.function) == at]
    return found[0] if len(found) == 1 else None
