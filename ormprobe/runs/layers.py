"""The layers of a clean architecture, by the names of files, folders and modules.

The benchmark's tasks name four: models, repositories, services, routes. A layer may import those
below it.
"""

from __future__ import annotations

import re

LAYERS = ("models", "repositories", "services", "routes")
"""From the inside out: none may import one that stands after it."""

_WORDS = {
    "models": ("model", "models", "entity", "entities", "domain"),
    "repositories": ("repository", "repositories", "repo", "repos", "dao", "daos"),
    "services": ("service", "services", "usecase", "usecases", "interactor", "interactors"),
    "routes": (
        *("route", "routes", "router", "routers", "controller", "controllers", "view", "views"),
        *("handler", "handlers", "endpoint", "endpoints", "blueprint", "blueprints", "urls"),
    ),
}
_FOLDERS = {"application": "services", "api": "routes", "presentation": "routes"}
_OF_WORD = {word: layer for layer, words in _WORDS.items() for word in words}
_SPLIT = re.compile(r"[^A-Za-z0-9]+|(?<=[a-z0-9])(?=[A-Z])")
_INDEX = frozenset({"__init__", "index", "mod"})


def layer_of(parts: list[str]) -> str | None:
    """The layer of a path without its suffix: its last part says more than the folders above."""
    if not parts:
        return None
    *folders, stem = parts
    if stem.lower() not in _INDEX:
        words = [word.lower() for word in _SPLIT.split(stem) if word]
        if words[-2:] in (["use", "case"], ["use", "cases"]):
            return "services"
        if words and words[-1] in _OF_WORD:
            return _OF_WORD[words[-1]]
    for folder in reversed(folders):
        name = folder.lower().replace("use_case", "usecase").replace("use-case", "usecase")
        found = _OF_WORD.get(name) or _FOLDERS.get(name)
        if found is not None:
            return found
    return None


def layer_of_file(path: str) -> str | None:
    """The layer of a source file."""
    *folders, name = path.split("/")
    return layer_of([*folders, name.rsplit(".", 1)[0]])


def goes_outwards(source: str, target: str) -> bool:
    """Whether an import of `target` from `source` crosses the layers the wrong way."""
    return LAYERS.index(target) > LAYERS.index(source)
