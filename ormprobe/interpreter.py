"""The Python that runs the app: the app's own, not ours."""

import json
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from ormprobe.errors import LaunchError

PROBE = (
    "import sys; sys.path.pop(0); import json, importlib.util as u;"
    "print(json.dumps(['%d.%d.%d' % sys.version_info[:3], u.find_spec('pytest') is not None]))"
)
PROBE_S = 30  # a cold interpreter on a slow disk takes seconds, a broken one for ever


@dataclass(frozen=True, kw_only=True)
class Interpreter:
    """`scripts` are the names in its bin folder, `origin` says why it was chosen."""

    executable: Path
    origin: str
    version: str = ""
    scripts: frozenset[str] = frozenset()
    has_pytest: bool = False
    environment: Path | None = None

    def resolve(self, words: tuple[str, ...]) -> tuple[str, ...]:
        """The words, a first one that belongs to this interpreter's environment made its own."""
        first, *rest = words
        if first in ("python", "python3"):
            return (str(self.executable), *rest)
        if first in self.scripts:
            return (str(self.executable.parent / first), *rest)
        if first == "pytest":
            return (str(self.executable), "-m", "pytest", *rest)
        return words


def choose(app: Path, asked: str | None, virtual_env: str | None, own: str) -> tuple[Path, str]:
    """(executable, origin): `asked`, else the app's venv, else `virtual_env`, else `own`.

    `asked` is a path, or a name on PATH. Raises LaunchError where the chosen one is missing.
    """
    if asked:
        return _asked(asked), "--python"
    for name in (".venv", "venv"):
        folder = app / name
        if _is_environment(folder):
            return _of_environment(folder), name
    if virtual_env:
        return _of_environment(Path(virtual_env)), "VIRTUAL_ENV"
    return Path(own), "ormprobe's own"


def probe(executable: Path, origin: str) -> Interpreter:
    """Start it once to learn what it is. Raises LaunchError when it does not start."""
    try:
        answer = subprocess.run(
            [executable, "-c", PROBE], capture_output=True, timeout=PROBE_S, check=True, text=True
        )
        version, has_pytest = json.loads(answer.stdout.splitlines()[-1])
    except (OSError, subprocess.SubprocessError, ValueError, IndexError) as error:
        why = error.strerror if isinstance(error, OSError) else "it gave no answer"
        raise LaunchError(
            f"the interpreter {executable} ({origin}) does not start: {why}"
        ) from None
    folder = executable.parent
    return Interpreter(
        executable=executable,
        origin=origin,
        version=version,
        scripts=frozenset(entry.name for entry in folder.iterdir() if _is_script(entry)),
        has_pytest=has_pytest,
        environment=folder.parent if (folder.parent / "pyvenv.cfg").is_file() else None,
    )


def _asked(asked: str) -> Path:
    path = Path(asked)
    if path.is_dir():
        return _of_environment(path)
    if path.is_symlink() or path.exists():
        return _started(path, "--python")
    if os.sep not in asked and (found := shutil.which(asked)):
        return Path(found)
    raise LaunchError(f"there is no interpreter {asked} (--python)")


def _is_environment(folder: Path) -> bool:
    return (folder / "pyvenv.cfg").is_file() or (folder / "bin" / "python").is_symlink()


def _of_environment(folder: Path) -> Path:
    return _started(folder / "bin" / "python", str(folder))


def _started(path: Path, origin: str) -> Path:
    """The path, absolute and with its links: a venv's python is known by where its link lies."""
    path = Path(os.path.abspath(path))
    if path.is_symlink() and not path.exists():
        raise LaunchError(f"the interpreter {path} is a broken link ({origin})")
    if not path.exists():
        raise LaunchError(f"there is no interpreter {path} ({origin})")
    return path


def _is_script(path: Path) -> bool:
    return path.is_file() and os.access(path, os.X_OK)
