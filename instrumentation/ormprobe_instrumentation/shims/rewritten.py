"""What pytest's rewriting leaves in a failing frame: the values of an assertion's parts."""

from __future__ import annotations

import ast
from typing import Any, Mapping, Tuple

from .source import Assertion

_NAME = "@py_assert"
_PLAIN = (bool, int, float, str, list, dict, tuple, set, frozenset)


def truth_of(written: Assertion, names: Mapping[str, Any]) -> Tuple[bool, Any]:
    """Whether the value that `assert value` or `assert not value` found is known, and the value.

    Parts are numbered in the order in which they were evaluated, the whole comes last. Those of
    other assertions, and a value that is None itself, are None there.
    """
    negated = written.operator == "not"
    if written.operator not in ("truth", "not") or _has_empty_argument(written.operands[0]):
        return False, None
    found = sorted(
        (int(name[len(_NAME) :]), value) for name, value in _parts(names) if value is not None
    )
    if not found:
        return isinstance(written.operands[0], (ast.Attribute, ast.Call)) and _is_rewritten(
            names
        ), None
    if negated:  # the last is the `not` itself
        found = found[:-1] if found[-1][1] is False else found
        value = found[-1][1] if found else None
        return type(value) in _PLAIN and bool(value), value
    value = found[-1][1]
    if type(value) in _PLAIN and not value:
        return True, value
    return False, None


def _parts(names: Mapping[str, Any]) -> Any:
    return [
        (name, value)
        for name, value in names.items()
        if name.startswith(_NAME) and name[len(_NAME) :].isdigit()
    ]


def _is_rewritten(names: Mapping[str, Any]) -> bool:
    return any(name.startswith(_NAME) for name in names)


def _has_empty_argument(node: Any) -> bool:
    """Whether a part may be taken for the whole: a falsy argument of a call."""
    for found in ast.walk(node):
        if isinstance(found, ast.Call):
            values = [*found.args, *(each.value for each in found.keywords)]
            if any(not getattr(each, "value", True) for each in values):
                return True
    return False
