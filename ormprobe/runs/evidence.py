"""What the added lines of a patch tell of its structure, gathered file by file."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from ormprobe.runs import imported
from ormprobe.runs.databases import CONNECTIONS, DRIVERS, ORM_USES, ORMS, RAW, SHARED_NAMES, WORDS
from ormprobe.runs.diffs import Added
from ormprobe.runs.layers import goes_outwards, layer_of, layer_of_file
from ormprobe.runs.manifests import installed, is_manifest, required
from ormprobe.runs.routes import ScriptRoutes, python_routes

MAX_LINES = 5
"""Lines kept for each thing that is shown."""

MAX_FILES = 20_000
MAX_IMPORTS = 5_000
MAX_MANIFEST = 1024 * 1024
_SHOWN = 160

_VENDORED = frozenset(
    {
        *("node_modules", "site-packages", ".venv", "venv", "env", "vendor", "__pycache__", ".git"),
        *("bower_components", "dist", "build", ".next", ".tox", ".mypy_cache", ".pytest_cache"),
    }
)
_TESTS = frozenset({"test", "tests", "spec", "specs", "__tests__", "e2e", "fixtures"})
_PROSE = (".md", ".rst", ".txt", ".html", ".css", ".svg", ".csv", ".lock", ".log", ".sql")
_LOCKS = frozenset({"package-lock.json", "yarn.lock", "pnpm-lock.yaml", "uv.lock", "poetry.lock"})
_SCRIPTS = (".sh", "Dockerfile", "Makefile", "Procfile")
_COMMENTS = ("#", "//", "*", "/*", "--", ";")


def is_vendored(path: str) -> bool:
    """Whether a file is another's: installed or built, not written by the agent."""
    *folders, name = path.split("/")
    return (
        name in _LOCKS
        or name.endswith((".min.js", ".map", ".pyc"))
        or any(folder in _VENDORED or folder.endswith(".egg-info") for folder in folders)
    )


@dataclass(slots=True)
class Shown:
    """What was found under each name, with the first lines that show it: `file:line: text`."""

    lines: dict[str, list[str]] = field(default_factory=dict[str, list[str]])

    def add(self, name: str, path: str, number: int, text: str) -> None:
        kept = self.lines.setdefault(name, [])
        if len(kept) < MAX_LINES:
            kept.append(f"{path}:{number}: {text.strip()[:_SHOWN]}")

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(sorted(self.lines))

    def of(self, *names: str) -> tuple[str, ...]:
        return tuple(line for name in names for line in self.lines.get(name, ()))


@dataclass(frozen=True, slots=True)
class _Crossing:
    """An import from one layer of another that stands further out."""

    module: str
    is_relative: bool
    says: str


@dataclass(slots=True)
class _File:
    """The file whose lines are read."""

    path: str
    layer: str | None = None
    is_python: bool = False
    is_script: bool = False
    is_test: bool = False
    is_prose: bool = False
    imports: set[str] = field(default_factory=set[str])
    orms: set[str] = field(default_factory=set[str])
    routes: ScriptRoutes = field(default_factory=ScriptRoutes)
    manifest: list[str] | None = None
    manifest_size: int = 0
    typing_indent: int | None = None


@dataclass(slots=True)
class Evidence:
    """All of a patch. connections, drivers: databases. used, imported: ORMs. raw: by hand."""

    files: list[str] = field(default_factory=list[str])
    vendored: int = 0
    dropped: int = 0
    added_lines: int = 0
    sources: int = 0
    imports: set[str] = field(default_factory=set[str])
    requires: set[str] = field(default_factory=set[str])
    routes: int = 0
    layers: Shown = field(default_factory=Shown)
    connections: Shown = field(default_factory=Shown)
    drivers: Shown = field(default_factory=Shown)
    orms_used: Shown = field(default_factory=Shown)
    orms_imported: Shown = field(default_factory=Shown)
    raw: Shown = field(default_factory=Shown)
    crossings: list[_Crossing] = field(default_factory=list[_Crossing])
    _file: _File | None = None
    _path: str | None = None
    _tops: set[str] = field(default_factory=set[str])

    def take(self, added: Added) -> None:
        """One item of a diff, in its order."""
        if added.path != self._path:
            self.end_file()
            self._path = added.path
            self._file = self._begin(added.path)
        if added.text is None or self._file is None:
            return
        self.added_lines += 1
        self._line(self._file, added.number, added.text)

    def end_file(self) -> None:
        """The lines of a file have ended."""
        file, self._file, self._path = self._file, None, None
        if file is not None and file.manifest is not None:
            self.requires |= required(file.path, "\n".join(file.manifest))

    def is_local(self, package: str) -> bool:
        """Whether a Python package is one of the patch's own files or folders."""
        return package in self._tops

    def _begin(self, path: str) -> _File | None:
        if is_vendored(path):
            self.vendored += 1
            return None
        if len(self.files) >= MAX_FILES:
            self.dropped += 1
            return None
        self.files.append(path)
        *folders, name = path.split("/")
        self._tops |= {folder for folder in folders if folder.isidentifier()}
        self._tops.add(name.rsplit(".", 1)[0])
        lower = name.lower()
        file = _File(
            path,
            is_python=lower.endswith(imported.PYTHON),
            is_script=lower.endswith(imported.SCRIPT),
            is_test=bool(_TESTS.intersection(folder.lower() for folder in folders))
            or lower.startswith("test_")
            or lower.rsplit(".", 1)[0].endswith(("_test", ".test", ".spec", "-test")),
            is_prose=lower.endswith(_PROSE) or lower.startswith(("readme", "license")),
            manifest=[] if is_manifest(path) else None,
        )
        if (file.is_python or file.is_script) and not file.is_test:
            self.sources += 1
            file.layer = layer_of_file(path)
            if file.layer is not None:
                self.layers.add(file.layer, path, 1, "")
        return file

    def _line(self, file: _File, number: int, text: str) -> None:
        if file.manifest is not None:
            file.manifest_size += len(text)
            if file.manifest_size <= MAX_MANIFEST:
                file.manifest.append(text)
        stripped = text.lstrip()
        if not stripped or stripped.startswith(_COMMENTS):
            return
        if file.path.endswith(_SCRIPTS):
            self.requires |= installed(text)
        if file.is_test or file.is_prose or file.manifest is not None:
            return
        if file.is_python:
            self._python(file, number, text)
        elif file.is_script:
            self._script(file, number, text)
        self._signs(file, number, text)

    def _python(self, file: _File, number: int, text: str) -> None:
        self.routes += python_routes(text)
        if _is_for_types(file, text):
            return
        for module in imported.python_imports(text):
            package = imported.python_package(module)
            self._imported(file, number, text, package)
            depth = len(module) - len(module.lstrip("."))
            self._crosses(file, number, text, module.lstrip(".").split("."), depth > 0, module)

    def _script(self, file: _File, number: int, text: str) -> None:
        self.routes += file.routes.count(text)
        for module in imported.script_imports(text):
            package = imported.script_package(module)
            self._imported(file, number, text, package)
            if package is None or module.startswith("src/"):
                path = module.rsplit("/", 1)[-1]
                parts = [part for part in module.split("/") if part not in (".", "..", "@", "~")]
                if path.endswith(imported.SCRIPT):
                    parts[-1] = path.rsplit(".", 1)[0]
                self._crosses(file, number, text, parts, True, module)

    def _imported(self, file: _File, number: int, text: str, package: str | None) -> None:
        if package is None:
            return
        file.imports.add(package)
        if len(self.imports) < MAX_IMPORTS:
            self.imports.add(package)
        name = package.lower()
        if name in DRIVERS:
            self.drivers.add(DRIVERS[name], file.path, number, text)
        orm = ORMS.get(name)
        if name == "django":
            # all of Django's own modules may use models; only its `models` says that they do
            file.orms.add("django")
            orm = "django" if "django.db" in text and "models" in text else None
        if orm is not None:
            file.orms.add(orm)
            self.orms_imported.add(orm, file.path, number, text)

    def _crosses(
        self, file: _File, number: int, text: str, parts: list[str], relative: bool, module: str
    ) -> None:
        if file.layer is None or len(self.crossings) >= MAX_IMPORTS:
            return
        target = layer_of(parts)
        if target is not None and goes_outwards(file.layer, target):
            says = f"{file.path}:{number}: {text.strip()[:_SHOWN]}"
            package = imported.python_package(module) if file.is_python else None
            self.crossings.append(_Crossing(package or "", relative, says))

    def _signs(self, file: _File, number: int, text: str) -> None:
        for sign in ORM_USES:
            if sign.name in file.orms and sign.pattern.search(text):
                self.orms_used.add(sign.name, file.path, number, text)
        lower = text.lower()
        # most lines name none of these: a look for the words costs less than the patterns
        if not any(word in lower for word in WORDS):
            return
        for sign in CONNECTIONS:
            found = sign.pattern.search(text)
            if found is not None and _is_sure(found.group(), file):
                self.connections.add(sign.name, file.path, number, text)
        if file.is_python or file.is_script:
            raw = RAW.pattern.search(text)
            if raw is not None and _is_sure(raw.group(), file):
                self.raw.add("raw", file.path, number, text)


def _is_sure(found: str, file: _File) -> bool:
    """Whether a call means what it is a sign of: others have classes of some names as well."""
    name = re.split(r"[\s.]", found.rstrip("( "))[-1]
    packages = SHARED_NAMES.get(name)
    return packages is None or any(package in file.imports for package in packages)


def _is_for_types(file: _File, text: str) -> bool:
    """Whether a line stands below `if TYPE_CHECKING:`, where imports are for type checkers."""
    indent = len(text) - len(text.lstrip())
    if file.typing_indent is not None and indent <= file.typing_indent:
        file.typing_indent = None
    if "TYPE_CHECKING" in text and text.lstrip().startswith("if "):
        file.typing_indent = indent
    return file.typing_indent is not None
