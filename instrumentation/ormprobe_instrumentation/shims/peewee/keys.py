"""The primary keys of instances, read without loading anything and without the app's own code."""

from __future__ import annotations

from typing import Any, Dict, Optional, Tuple

Names = Tuple[str, ...]


def key_names(model: Any) -> Names:
    """The names of the fields of a model's primary key; none where it has no key."""
    primary = model._meta.primary_key
    if primary is False or primary is None:
        return ()
    names = getattr(primary, "field_names", None)
    return (str(primary.name),) if names is None else tuple([str(name) for name in names])


def key_of(instance: Any) -> Optional[Tuple[Any, ...]]:
    """The key that an instance holds; None where a part of it is not there."""
    data: Dict[str, Any] = instance.__data__
    names = key_names(type(instance))
    found = tuple([data.get(name) for name in names])
    return found if names and None not in found else None
