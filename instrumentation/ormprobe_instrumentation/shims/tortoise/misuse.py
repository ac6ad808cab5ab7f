"""Queries that were used as what they would have given: `book.author.name` without an await.

Python raises an AttributeError for that. It is recorded when it has reached somebody, with the
relation or model that the query is for; since Python 3.10 the exception tells the object.
"""

from __future__ import annotations

from typing import Any, Dict, List

from ...errors import note
from ...events import MAX_FRAMES
from ...hooks import Hooks
from ...lines import Raw
from ...recorder import Recorder
from ...shim import Switch
from .loads import relation_of


def install(hooks: Hooks, recorder: Recorder, switch: Switch) -> None:
    from tortoise.fields.relational import ReverseRelation
    from tortoise.queryset import AwaitableQuery

    queries: Any = AwaitableQuery
    relations: Any = ReverseRelation

    def reached(error: BaseException) -> None:
        if switch.on and type(error) is AttributeError:
            try:
                found: Any = getattr(error, "obj", None)
                if isinstance(found, queries):
                    _tell(recorder, error, relation_of(found), found.model)
                elif isinstance(found, relations):
                    _tell(recorder, error, _relation(found), found.remote_model)
            except Exception as own:
                switch.fail(own)

    # before Python 3.10 its message is all that tells of it
    recorder.know([kind.__name__ for kind in _derived(AwaitableQuery)])
    recorder.know([kind.__name__ for kind in _derived(ReverseRelation)])
    recorder.reached.append(reached)
    hooks.undo_with(recorder.reached.remove, reached)


def _derived(kind: Any) -> List[Any]:
    return [kind, *[found for inner in kind.__subclasses__() for found in _derived(inner)]]


def _relation(container: Any) -> Any:
    from .loads import key_of
    from .relations import accessor

    instance = container.instance
    return type(instance).__name__, accessor(container), key_of(instance)


def _tell(recorder: Recorder, error: BaseException, relation: Any, model: Any) -> None:
    sites, _ = recorder.sites.traceback_frames(error.__traceback__, MAX_FRAMES)
    frames = [recorder.site_number(site) for site in sites]
    fields: Dict[str, Any] = {"frames": frames, "site": frames[0] if frames else None}
    if relation is None:
        fields["entity"] = model.__name__
    else:
        entity, attribute, key = relation
        fields.update(entity=entity, attribute=attribute, access="lazy")
        if key is not None:
            fields["parent"] = Raw(recorder.digests.scalar(key))
    note(recorder, error, **fields)
