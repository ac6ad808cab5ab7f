"""What a line of Python, JavaScript or TypeScript imports."""

from __future__ import annotations

import re

PYTHON = (".py", ".pyi")
SCRIPT = (".js", ".mjs", ".cjs", ".ts", ".mts", ".cts", ".jsx", ".tsx")

_FROM = re.compile(r"\s*from\s+(?P<module>\.*[A-Za-z_][\w.]*|\.+)\s+import\s+(?P<names>[^#]*)")
_IMPORT = re.compile(r"\s*import\s+(?P<modules>[A-Za-z_][\w.]*(?:\s+as\s+\w+)?(?:\s*,\s*.+)?)\s*")
_SCRIPT = re.compile(
    r"""(?:\bfrom|\brequire\s*\(|\bimport\s*\(|^\s*import)\s*(?P<quote>['"`])(?P<module>[^'"`]+)(?P=quote)"""
)
_TYPES = re.compile(r"\s*(?:import|export)\s+type\b")


def python_imports(text: str) -> list[str]:
    """The modules of a line, relative ones with their dots: `.models`, `..services.users`.

    What is taken from the dots alone is a module: `from . import models` is `.models`.
    """
    if "import" not in text:
        return []
    found = _FROM.match(text)
    if found is not None:
        module = found["module"]
        if module.strip("."):
            return [module]
        names = re.findall(r"[A-Za-z_]\w*", re.sub(r"\bas\s+\w+", "", found["names"]))
        return [module + name for name in names]
    plain = _IMPORT.fullmatch(text.split("#", 1)[0])
    if plain is None:
        return []
    words = [one.split()[0] for one in plain["modules"].split(",") if one.split()]
    return [word for word in words if re.fullmatch(r"[A-Za-z_][\w.]*", word)]


def script_imports(text: str) -> list[str]:
    """The modules of a line as they are written: `express`, `@hono/node-server`, `../db.js`."""
    if "from" not in text and "require" not in text and "import" not in text:
        return []
    if _TYPES.match(text):
        return []
    return [found["module"] for found in _SCRIPT.finditer(text)]


def python_package(module: str) -> str | None:
    """The package of an absolute import."""
    return None if module.startswith(".") else module.split(".", 1)[0]


def script_package(module: str) -> str | None:
    """The package of an import that is no path: of a scope with its name, `node:` left out."""
    if module.startswith((".", "/", "@/", "~", "#")):
        return None
    parts = module.removeprefix("node:").split("/")
    return "/".join(parts[:2]) if module.startswith("@") else parts[0]
