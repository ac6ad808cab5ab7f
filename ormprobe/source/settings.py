"""Where the app's settings name its databases: the `DATABASES` of a project."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from ormprobe.source.app import Source
from ormprobe_taxonomy.signals import Place

_NAME = "DATABASES"
_CHOSEN = re.compile(r"DJANGO_SETTINGS_MODULE[\"']?\s*[,\]=]+\s*=?\s*[\"']([\w.]+)[\"']")


def databases_at(source: Source) -> Place | None:
    """The line that names them; None where there is none, or several and nothing says which."""
    found = [place for path in source.files() for place in _in_file(source, path)]
    if len(found) > 1:
        chosen = {name.replace(".", "/") + ".py" for name in _chosen(source)}
        found = [place for place in found if f"/{place.file}".endswith(tuple(map(_tail, chosen)))]
    return found[0] if len(found) == 1 else None


def _in_file(source: Source, path: str) -> Iterator[Place]:
    if _NAME not in (source.text(path) or ""):
        return
    tree = source.tree(path)
    for node in ast.walk(tree) if tree is not None else ():
        if isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            if any(isinstance(each, ast.Name) and each.id == _NAME for each in targets):
                yield Place(path, node.lineno, source.function_at(path, node.lineno))
                return
        elif isinstance(node, ast.keyword) and node.arg == _NAME:  # settings.configure(...)
            line = node.value.lineno
            yield Place(path, line, source.function_at(path, line))
            return


def _chosen(source: Source) -> Iterator[str]:
    """The settings modules that the app's programs name."""
    for path in source.files():
        yield from _CHOSEN.findall(source.text(path) or "")


def _tail(path: str) -> str:
    return f"/{path}"
