"""Operands of a failing check as plain values: rows as tuples, records as objects, and keys.

Nothing of the app's is called: only what libraries keep in known places is read. What is not known
stays as it is, and is told by its type alone.
"""

from __future__ import annotations

from typing import Any, Callable, Dict, List, Optional

from .digests import Instance

_DEPTH = 6
_MEMBERS = 1_000
"""Of one operand, at all depths."""

_VIEWS = frozenset(("dict_keys", "dict_values", "range"))
# Any, so that what the app hands in stays Any behind isinstance()
_MAPPING: Any = dict
_GROUP: Any = (list, tuple, set, frozenset)
_type_of: Callable[[object], Any] = type
_PLAIN: Any = (dict, list, tuple, set, frozenset)


def plain(value: Any) -> Any:
    """A value with what it holds made plain, as deep and as far as shapes go."""
    return _plain(value, 0, [_MEMBERS])


def _plain(value: Any, depth: int, left: List[int]) -> Any:
    """left: how many members are still looked at; of what comes later, nothing is made plain."""
    left[0] -= 1
    if depth > _DEPTH or left[0] < 0:
        return value
    kind = _type_of(value)
    if kind.__module__ == "builtins" and kind.__name__ in _VIEWS:
        if len(value) > _MEMBERS:
            return value
        value = list(value)
    elif not isinstance(value, _PLAIN):
        known = _known(kind, value)
        if known is value or isinstance(known, Instance):
            return known
        value = known
    if isinstance(value, _MAPPING):
        return {key: _plain(item, depth + 1, left) for key, item in list(value.items())}
    if isinstance(value, _GROUP) and len(value) <= _MEMBERS:
        return [_plain(item, depth + 1, left) for item in list(value)]
    return value


def _known(kind: Any, value: Any) -> Any:
    """What an object stands for; the object itself where that is not known."""
    module = str(getattr(kind, "__module__", ""))
    package = module.partition(".")[0]
    if package == "_pytest" and kind.__name__.startswith("Approx"):
        return getattr(value, "expected", value)
    if package == "sqlalchemy" and hasattr(kind, "_mapping"):  # a row
        return tuple(value)
    if package == "sqlalchemy" and kind.__name__ == "RowMapping":
        return dict(value)
    if package == "collections" and kind.__name__ == "deque":
        return list(value)
    held: Any = _own(value)
    if held is None:
        return value
    if "_result_cache" in held and package == "django":
        return value if held["_result_cache"] is None else held["_result_cache"]
    found = _entity(kind, held)
    if found is not None:
        return found
    if "__dataclass_fields__" in kind.__dict__ or package == "pydantic":
        return dict(held)
    if any(base.__module__ == "pydantic.main" for base in kind.__mro__):
        return dict(held)
    return value


def _own(value: Any) -> Optional[Dict[str, Any]]:
    """The attributes an object has of itself, past what its class makes of such a look-up."""
    try:
        held: Any = object.__getattribute__(value, "__dict__")
    except AttributeError:
        return None
    return held if _type_of(held) is dict else None


def _entity(kind: Any, held: Dict[str, Any]) -> Optional[Instance]:
    """A mapped object by its primary key."""
    state = held.get("_sa_instance_state")
    if state is not None:
        key = getattr(state, "key", None)
        return Instance(kind.__name__, key[1][0] if key and len(key[1]) == 1 else None)
    meta: Any = kind.__dict__.get("_meta")
    if meta is None:
        return None
    if "__data__" in held:  # Peewee
        name = getattr(getattr(meta, "primary_key", None), "name", None)
        data: Dict[str, Any] = held["__data__"]
        return Instance(kind.__name__, data.get(name)) if isinstance(name, str) else None
    name = getattr(getattr(meta, "pk", None), "attname", None)  # Django
    if name is None:
        name = getattr(meta, "pk_attr", None)  # Tortoise
    return Instance(kind.__name__, held.get(name)) if isinstance(name, str) else None
