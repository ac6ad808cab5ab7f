"""What an app's folder shows of how it can be run, for the plan."""

import re
import tomllib
from collections.abc import Iterator
from configparser import ConfigParser
from configparser import Error as ConfigParserError
from pathlib import Path

from ormprobe.plan import Facts

SKIPPED = ("node_modules", "site-packages", "build", "dist", "venv", "env", "__pycache__")
CONFIGURATIONS = (
    "pytest.toml", ".pytest.toml", "pytest.ini", ".pytest.ini", "tox.ini", "setup.cfg",
)  # fmt: skip
CONFTESTS = ("conftest.py", "tests/conftest.py", "test/conftest.py")
MOST_FOLDERS = 2000  # a data folder beside the code must not keep the launcher looking
PYTEST_STYLE = re.compile(
    r"^(async\s+)?def\s+test|^class\s+Test\w*\s*(\(\s*\))?\s*:|^\s*(import|from)\s+pytest\b", re.M
)
UNITTEST_STYLE = re.compile(r"^class\s+\w+\s*\([^)]*TestCase\b", re.M)


def look(app: Path) -> Facts:
    """What there is to run in the folder (or file) `app`."""
    if app.is_file():
        return Facts(app=app, is_file=True)
    tests = [(path, _text(path)) for path in _test_files(app)]
    in_pytest = [path for path, text in tests if PYTEST_STYLE.search(text)]
    in_unittest = [
        path for path, text in tests if path.name.startswith("test") and UNITTEST_STYLE.search(text)
    ]
    manage = (app / "manage.py").is_file()
    configured = _pytest_configured(app)
    if manage and in_unittest and not (configured and _names_django(app)):
        configured, in_pytest = None, []  # Django's own runner sets Django up, pytest would not
    modules = [path.parent.name for path in sorted(app.glob("*/__main__.py"))]
    found = str(in_pytest[0].relative_to(app)) if in_pytest else None
    return Facts(
        app=app,
        pytest=configured or found,
        manage=manage,
        unittest=_discovery(app, in_unittest[0]) if in_unittest else None,
        main=(app / "__main__.py").is_file(),
        package=(app / "__init__.py").is_file(),
        module=modules[0] if len(modules) == 1 else None,
    )


def _names_django(app: Path) -> bool:
    """Whether what configures pytest sets Django up: it names the settings, or does it itself."""
    texts = [_text(app / name) for name in CONFIGURATIONS]
    if (app / "pyproject.toml").is_file():
        tool = tomllib.loads(_text(app / "pyproject.toml")).get("tool", {})
        texts.append(str(tool.get("pytest")))
    return any("DJANGO_SETTINGS_MODULE" in text or "--ds" in text for text in texts) or any(
        "django" in _text(app / name) for name in CONFTESTS
    )


def _pytest_configured(app: Path) -> str | None:
    """The file that configures pytest."""
    for name in ("pytest.toml", ".pytest.toml", "pytest.ini", ".pytest.ini"):
        if (app / name).is_file():
            return name
    if (app / "pyproject.toml").is_file():
        tool = tomllib.loads((app / "pyproject.toml").read_text(encoding="utf-8")).get("tool", {})
        if "pytest" in tool:
            return "pytest's table in pyproject.toml"
    for name, section in (("tox.ini", "pytest"), ("setup.cfg", "tool:pytest")):
        parser = ConfigParser(interpolation=None, strict=False)
        try:
            parser.read(app / name, encoding="utf-8")
        except (ConfigParserError, UnicodeDecodeError):
            continue
        if parser.has_section(section):
            return name
    for name in CONFTESTS:
        if (app / name).is_file():
            return name
    return None


def _test_files(app: Path) -> Iterator[Path]:
    """Files named as tests, outermost first, in the order of their names."""
    folders = [app]
    for seen, folder in enumerate(folders):
        if seen >= MOST_FOLDERS:
            return
        try:
            entries = sorted(folder.iterdir())
        except OSError:
            continue
        for entry in entries:
            if entry.is_dir():
                hidden = entry.name.startswith(".") or entry.name in SKIPPED
                if not hidden and not entry.is_symlink():
                    folders.append(entry)
            elif entry.suffix == ".py" and (
                entry.name.startswith("test") or entry.stem.endswith("_test")
            ):
                yield entry


def _discovery(app: Path, test: Path) -> str:
    """The folder unittest must start from: '.' where packages lead from the app to the test."""
    folder = test.parent
    while folder != app and (folder / "__init__.py").is_file():
        folder = folder.parent
    return str(folder.relative_to(app))


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
