"""Where the operands of a failing check differ: objects by key, lists of equal length by member."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from ormprobe.checks.model import Difference, Leaf
from ormprobe.checks.values import (
    ABSENT,
    OTHER,
    core,
    identity,
    is_mapping,
    is_opaque,
    is_scalar,
    is_sequence,
    is_whole,
    length,
    members,
    same,
)
from ormprobe.timeline.model import Check, Shape

MAX_LEAVES = 20

Path = tuple[str | int, ...]

_EQUAL = ("==", "is", "assertCountEqual")
_UNEQUAL = ("!=", "is not")
_ORDERED = {
    "<": Difference.MORE,
    "<=": Difference.MORE,
    ">": Difference.LESS,
    ">=": Difference.LESS,
}
_MIRRORED = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}


def leaves_of(check: Check) -> tuple[Leaf, ...]:
    """The places where a check's operands differ; none where they are not known."""
    operator, swapped = check.operator or "", check.expected == "left"
    actual, expected = (check.right, check.left) if swapped else (check.left, check.right)
    if operator in _EQUAL:
        if not is_known(actual):
            return ()
        loose = operator == "assertCountEqual"
        return tuple(_limited(_differing((), actual, expected, loose)))
    if operator in _UNEQUAL:
        return (_leaf((), actual, OTHER, Difference.VALUE),) if is_known(actual) else ()
    if operator in _ORDERED:
        turned = _MIRRORED[operator] if swapped else operator
        return (_leaf((), actual, expected, _ORDERED[turned]),) if is_known(actual) else ()
    if operator in ("in", "not in"):  # the container is what was found, whichever was written out
        return tuple(_of_membership(operator, check.left, check.right))
    if operator in ("truth", "not"):
        return tuple(_of_truth(operator, check.left))
    if operator in ("KeyError", "IndexError"):
        return tuple(_of_missing(operator, check.right))
    if operator in ("AttributeError", "TypeError"):  # of None, in the test itself
        return (_leaf((), None, OTHER, Difference.VALUE),)
    if operator == "assertContains":
        return (_leaf((), ABSENT, check.right, Difference.MISSING),)
    if operator == "assertNotContains":
        return (_leaf((), check.right, OTHER, Difference.EXTRA),)
    return ()


def actual_of(check: Check) -> Shape:
    """The whole value that a check looked at."""
    if check.operator in ("in", "not in"):
        return check.right
    return check.right if check.expected == "left" else check.left


def is_known(shape: Shape) -> bool:
    return not is_opaque(shape) and not isinstance(shape, list)


def missing_members(leaf: Leaf) -> list[Shape]:
    """Members of an expected list that the actual one lacks, as often as they lack."""
    return _without(members(leaf.expected), members(leaf.actual))


def extra_members(leaf: Leaf) -> list[Shape]:
    """Members of an actual list that the expected one does not have, as often as it has not."""
    return _without(members(leaf.actual), members(leaf.expected))


def _without(many: list[Shape], others: list[Shape]) -> list[Shape]:
    left = Counter(identity(each) for each in others)
    found: list[Shape] = []
    for each in many:
        known = identity(each)
        if left[known] > 0:
            left[known] -= 1
        else:
            found.append(each)
    return found


def _limited(found: Iterator[Leaf]) -> Iterator[Leaf]:
    for _, leaf in zip(range(MAX_LEAVES), found, strict=False):
        yield leaf


def _differing(path: Path, actual: Shape, expected: Shape, loose: bool = False) -> Iterator[Leaf]:
    if is_opaque(actual) or isinstance(actual, list) or isinstance(expected, list):
        return
    if isinstance(actual, dict) and isinstance(expected, dict):
        if is_mapping(actual) and is_mapping(expected):
            yield from _of_mappings(path, actual, expected)
            return
        if is_sequence(actual) and is_sequence(expected):
            yield from _of_sequences(path, actual, expected, loose)
            return
    if not same(actual, expected):
        yield _leaf(path, actual, expected, _of_scalars(actual, expected))


def _of_mappings(
    path: Path, actual: dict[str, Shape], expected: dict[str, Shape]
) -> Iterator[Leaf]:
    for key, wanted in expected.items():
        if key not in actual:
            yield _leaf((*path, key), ABSENT, wanted, Difference.MISSING_KEY)
        else:
            yield from _differing((*path, key), actual[key], wanted)
    for key, value in actual.items():
        if key not in expected:
            yield _leaf((*path, key), value, ABSENT, Difference.EXTRA)


def _of_sequences(path: Path, actual: Shape, expected: Shape, loose: bool) -> Iterator[Leaf]:
    mine, wanted = members(actual), members(expected)
    if not loose and length(actual) == length(expected) and _agree(mine, wanted):
        for index, (one, other) in enumerate(zip(mine, wanted, strict=False)):
            place = (*path, index)
            if is_sequence(one) and length(one) == length(other):  # fields of a tuple
                fields = zip(members(one), members(other), strict=False)
                for field, (found, sought) in enumerate(fields):
                    yield from _differing((*place, field), found, sought)
            else:
                yield from _differing(place, one, other)
        return
    shape = _of_lists(actual, expected)
    if shape is not None and not (loose and shape is Difference.ORDER):
        yield _leaf(path, actual, expected, shape)


def _agree(mine: list[Shape], wanted: list[Shape]) -> bool:
    """Whether members are objects or tuples, each beginning like the one it is held against."""
    pairs = list(zip(mine, wanted, strict=False))
    return bool(pairs) and all(_begins_alike(one, other) for one, other in pairs)


def _begins_alike(one: Shape, other: Shape) -> bool:
    if not isinstance(one, dict) or not isinstance(other, dict):
        return False
    if is_sequence(one) and is_sequence(other):
        first, second = members(one), members(other)
        return bool(first and second) and same(first[0], second[0])
    if not (is_mapping(one) and is_mapping(other)):
        return False
    key = next(iter(other), None)
    return key is not None and key in one and same(one[key], other[key])


def _of_lists(actual: Shape, expected: Shape) -> Difference | None:
    """How two lists differ; by their lengths alone where not all their members are shown."""
    mine, wanted = members(actual), members(expected)
    if not is_whole(actual) or not is_whole(expected):
        more, less = length(actual) or 0, length(expected) or 0
        if more == less:
            return Difference.MIXED
        return Difference.EXTRA if more > less else Difference.MISSING
    extra, missing = _without(mine, wanted), _without(wanted, mine)
    if extra and missing:
        return Difference.MIXED
    if missing:
        return Difference.MISSING
    if extra:
        known = {identity(each) for each in wanted}
        again = all(identity(each) in known for each in extra)
        return Difference.DUPLICATED if again else Difference.EXTRA
    alike = all(same(one, other) for one, other in zip(mine, wanted, strict=True))
    return None if alike else Difference.ORDER


def _of_scalars(actual: Shape, expected: Shape) -> Difference:
    one, other = core(actual), core(expected)
    if isinstance(actual, bool) or isinstance(expected, bool):
        return Difference.VALUE
    if isinstance(one, int) and isinstance(other, int):
        return Difference.MORE if one > other else Difference.LESS
    return Difference.VALUE


def _of_membership(operator: str, member: Shape, container: Shape) -> Iterator[Leaf]:
    if is_sequence(container):
        shown: Shape = {"#": 1, "of": [member]}
        if operator == "in":
            yield _leaf((), container, shown, Difference.MISSING)
        else:
            yield _leaf((), container, OTHER, Difference.EXTRA)
    elif is_mapping(container) and operator == "in":
        yield from _of_missing("KeyError", member)
    elif is_scalar(container) and container is not None:
        yield _leaf((), container, OTHER, Difference.VALUE)


def _of_truth(operator: str, value: Shape) -> Iterator[Leaf]:
    if not is_known(value):
        return
    if operator == "not":
        shape = Difference.EXTRA if is_sequence(value) else Difference.VALUE
        yield _leaf((), value, OTHER, shape)
    else:
        shape = Difference.MISSING if is_sequence(value) else Difference.VALUE
        yield _leaf((), value, OTHER, shape)


def _of_missing(operator: str, sought: Shape) -> Iterator[Leaf]:
    """A key or member that the test took for there. sought: an object with the key."""
    if operator == "IndexError":
        yield _leaf((), ABSENT, OTHER, Difference.MISSING)
    elif isinstance(sought, dict) and is_mapping(sought):
        for key in sought:
            yield _leaf((key,), ABSENT, OTHER, Difference.MISSING_KEY)


def _leaf(path: Path, actual: Shape, expected: Shape, difference: Difference) -> Leaf:
    return Leaf(path=path, actual=actual, expected=expected, difference=difference)
