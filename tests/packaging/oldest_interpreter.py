"""Imports every module of the target's side in the oldest Python at hand, 3.8 or later.

Type checkers no longer target 3.8. No site-packages are on its path: what is not in the standard
library fails. Prints the interpreter it used; exits with 1 when a module does not import.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

OLDEST = (3, 8)
INSTRUMENTATION = Path(__file__).parents[2] / "instrumentation"
IMPORT_ALL = """
import importlib, pkgutil, sys
sys.path.insert(0, sys.argv[1])
import ormprobe_instrumentation as package
names = sorted(
    module.name for module in pkgutil.walk_packages(package.__path__, package.__name__ + ".")
)
for name in names:
    importlib.import_module(name)
with open(sys.argv[1] + "/ormprobe_instrumentation/inject/sitecustomize.py") as source:
    compile(source.read(), "sitecustomize.py", "exec")
print("%d modules" % (len(names) + 1))
"""


def candidates() -> Iterator[str]:
    """Interpreters by name on PATH and in pyenv's folders, in no order that matters."""
    for minor in range(OLDEST[1], sys.version_info.minor):
        if found := shutil.which(f"python3.{minor}"):
            yield found
    root = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    yield from map(str, root.glob("versions/3.*/bin/python"))
    yield sys.executable


def version(python: str) -> tuple[int, ...] | None:
    """None where it does not start, as a pyenv shim of a version that is not selected."""
    words = [python, "-I", "-S", "-c", "import sys; print(*sys.version_info[:3])"]
    answer = subprocess.run(words, capture_output=True, text=True, timeout=30, check=False)
    return tuple(map(int, answer.stdout.split())) if answer.returncode == 0 else None


def oldest() -> tuple[tuple[int, ...], str]:
    """The oldest that is not too old. Our own is always one."""
    known = [(number, python) for python in candidates() if (number := version(python))]
    return min((number, python) for number, python in known if number >= OLDEST)


def main() -> int:
    number, python = oldest()
    answer = subprocess.run(
        [python, "-I", "-S", "-B", "-W", "error", "-c", IMPORT_ALL, str(INSTRUMENTATION)],
        env={},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    name = ".".join(map(str, number))
    if answer.returncode:
        print(f"the target's side does not import in Python {name}:\n{answer.stderr}")
        return 1
    print(f"the target's side imports in Python {name}: {answer.stdout.strip()}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
