"""Which packages a manifest asks for: requirements.txt, pyproject.toml, package.json and others.

A patch may hold a part of a file only, so what does not parse as a whole is read line by line.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterable
from typing import Any, cast

_REQUIREMENT = re.compile(
    r"\s*(?P<name>[A-Za-z0-9][A-Za-z0-9._-]*)\s*(?:\[[^\]]*\])?\s*(?:[=<>!~;@#,(].*)?"
)
_QUOTED = re.compile(r"""["'](?P<text>[A-Za-z0-9][^"']{0,200})["']""")
_PAIR = re.compile(r"""\s*["'](?P<name>@?[\w./-]+)["']\s*:\s*["'](?P<version>[^"']*)["'],?\s*""")
_VERSION = re.compile(r"[\^~<>=v]*\s*\d|\*$|latest$|workspace:|npm:|file:|git|https?:|next$|x$")
_INSTALL = re.compile(
    r"\b(?:pip3?\s+install|uv\s+(?:add|pip\s+install)|poetry\s+add|npm\s+(?:install|i|add)|"
    r"yarn\s+add|pnpm\s+(?:add|install)|bun\s+add)\b(?P<words>[^|;&>]*)"
)
_TABLES = ("dependencies", "devDependencies", "optionalDependencies", "peerDependencies")


def is_manifest(path: str) -> bool:
    """Whether a file by this name asks for packages."""
    name = path.rsplit("/", 1)[-1].lower()
    return name in ("pyproject.toml", "package.json", "pipfile", "setup.py", "setup.cfg") or (
        name.endswith((".txt", ".in")) and name.startswith(("requirements", "requirement"))
    )


def required(path: str, text: str) -> frozenset[str]:
    """The packages of a manifest, named as their index does: lower case, Python's with hyphens."""
    name = path.rsplit("/", 1)[-1].lower()
    if name == "package.json":
        return _of_package_json(text)
    if name in ("pyproject.toml", "pipfile"):
        return _of_toml(text)
    if name in ("setup.py", "setup.cfg"):
        return _named(match["text"] for match in _QUOTED.finditer(text))
    lines = (line for line in text.splitlines() if not line.lstrip().startswith(("#", "-")))
    return _named(lines)


def installed(line: str) -> frozenset[str]:
    """The packages that a line of a script installs: `pip install flask`, `npm install koa`."""
    found = _INSTALL.search(line)
    if found is None:
        return frozenset()
    words = [word.strip("\"'") for word in found["words"].split()]
    kept: list[str] = []
    for before, word in zip(["", *words], words, strict=False):
        is_option = word.startswith(("-", "$", ".", "/")) or before in ("-r", "-c", "-e", "-i")
        if not is_option and not word.endswith((".txt", "\\")):
            kept.append(word)
    if any(word.startswith("@") or "@" in word[1:] for word in kept):
        return frozenset(_without_version(word) for word in kept)
    return _named(kept)


def python_name(name: str) -> str:
    """The name of a Python package as PEP 503 normalizes it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def _without_version(word: str) -> str:
    return word[:1] + word[1:].split("@", 1)[0]


def _named(requirements: Iterable[str]) -> frozenset[str]:
    found: set[str] = set()
    for text in requirements:
        match = _REQUIREMENT.fullmatch(text.strip())
        if match is not None:
            found.add(python_name(match["name"]))
    return frozenset(found)


def _of_package_json(text: str) -> frozenset[str]:
    try:
        whole: Any = json.loads(text)
    except (ValueError, RecursionError):
        pairs = (_PAIR.fullmatch(line) for line in text.splitlines())
        return frozenset(
            pair["name"].lower() for pair in pairs if pair and _VERSION.match(pair["version"])
        ) - {"version", "node", "npm"}
    names: set[str] = set()
    for table in _TABLES:
        names.update(name.lower() for name in _table(_table(whole).get(table)))
    return frozenset(names)


def _of_toml(text: str) -> frozenset[str]:
    try:
        whole = tomllib.loads(text)
    except (ValueError, RecursionError):
        return _named(
            match["text"]
            for line in text.splitlines()
            if line.lstrip().startswith(("dependencies", '"', "'"))
            for match in _QUOTED.finditer(line)
        )
    project = _table(whole.get("project"))
    lists = [project.get("dependencies"), *_table(project.get("optional-dependencies")).values()]
    lists += _table(whole.get("dependency-groups")).values()
    found = set(_named(one for some in lists for one in _strings(some)))
    poetry = _table(_table(whole.get("tool")).get("poetry"))
    tables = [poetry.get("dependencies"), whole.get("packages"), whole.get("dev-packages")]
    tables += [_table(one).get("dependencies") for one in _table(poetry.get("group")).values()]
    for table in tables:
        found |= {python_name(name) for name in _table(table) if name != "python"}
    return frozenset(found)


def _table(value: object) -> dict[str, object]:
    return cast("dict[str, object]", value) if isinstance(value, dict) else {}


def _strings(value: object) -> list[str]:
    if not isinstance(value, list):
        return []
    return [one for one in cast("list[object]", value) if isinstance(one, str)]
