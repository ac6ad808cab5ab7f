"""Encoded values and shapes, taken apart and made readable."""

from __future__ import annotations

from collections.abc import Iterator

from ormprobe.timeline.model import Shape

LONGEST = 40
"""Characters of a plain value that are shown."""
DIGITS = 4
"""Digits of a digest that are shown: enough to see that two values of a scope are one."""

_NAMES = {
    "s": "str",
    "i": "int",
    "f": "float",
    "n": "dec",
    "d": "date",
    "t": "time",
    "h": "time",
    "y": "bytes",
    "u": "uuid",
    "e": "enum",
    "o": "object",
}


def digests(value: Shape) -> tuple[str, ...]:
    """The digests by which a value meets others: as it is, case-folded, without its edges.

    Empty for weak values, and where the trace keeps no digests.
    """
    if not isinstance(value, str) or ":" not in value:
        return ()
    tail = value.partition(":")[2].partition("=")[0]
    return tuple(part[:16] for part in tail.replace("~", "^").split("^") if part)


def is_weak(value: Shape) -> bool:
    """Whether a value is a small number, by itself or as text: many others equal it."""
    if isinstance(value, bool) or value is None or value == "":
        return False
    return isinstance(value, int) or (isinstance(value, str) and "#" in value.partition(":")[0])


def weak(value: Shape) -> str | None:
    """The digits of a weak value."""
    if not is_weak(value):
        return None
    return str(value).partition("#")[2].partition("=")[0] if isinstance(value, str) else str(value)


def shown(value: Shape) -> str:
    """A value as people read it: plain where it was kept, else its type, length and digest."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return f"[{', '.join(map(shown, value))}]"
    if isinstance(value, dict):
        return _container(value)
    if not isinstance(value, str):
        return str(value)
    return _encoded(value) if value else "''"


def _container(value: dict[str, Shape]) -> str:
    length, kind = value.get("#"), value.get("?")
    if isinstance(length, int):
        return f"[{length}]"
    return f"<{kind}>" if isinstance(kind, str) and len(value) == 1 else "{...}"


def _encoded(value: str) -> str:
    head, _, tail = value.partition(":")
    if "#" in head:
        return f"'{head.partition('#')[2]}'"
    digest, equals, plain = tail.partition("=")
    if equals:
        cut = f"{plain[:LONGEST]}..." if len(plain) > LONGEST else plain
        return cut if head[:1] in "ifn" else f"'{cut}'"
    name = _NAMES.get(head[:1], head[:1])
    return f"{name}{head[1:]}:{digest[:DIGITS]}" if digest else f"{name}{head[1:]}"


def scalars(shape: Shape, path: str = "") -> Iterator[tuple[str, Shape]]:
    """The scalars of a shape with their paths: `user.name`, `items[].id`."""
    items = _items(shape)
    if items is not None:
        for item in items:
            yield from scalars(item, f"{path}[]")
    elif isinstance(shape, dict) and not _is_other(shape):
        for key, item in shape.items():
            yield from scalars(item, f"{path}.{key}" if path else key)
    elif not isinstance(shape, dict):
        yield path, shape


def lengths(shape: Shape, path: str = "") -> Iterator[tuple[str, int]]:
    """The lists of a shape with their lengths."""
    items = _items(shape)
    if items is not None and isinstance(shape, dict):
        length = shape.get("#")
        yield path, length if isinstance(length, int) else len(items)
        for item in items[:1]:
            yield from lengths(item, f"{path}[]")
    elif isinstance(shape, dict):
        for key, item in shape.items():
            yield from lengths(item, f"{path}.{key}" if path else key)


def _items(shape: Shape) -> list[Shape] | None:
    if not isinstance(shape, dict) or not isinstance(shape.get("#"), int):
        return None
    of = shape.get("of")
    return of if isinstance(of, list) else None


def _is_other(shape: dict[str, Shape]) -> bool:
    return len(shape) == 1 and "?" in shape
