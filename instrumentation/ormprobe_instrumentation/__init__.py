"""The target's side of ormprobe: shims that record what an app's ORM really does.

Standard library only, CPython 3.8 and later. In a target this package is loaded by its path under
the private name `_ormprobe`, so every import inside it is relative.
"""

import os


def inject_folder() -> str:
    """The folder to put first on a child's PYTHONPATH; it holds `sitecustomize.py` alone."""
    return os.path.join(os.path.dirname(os.path.abspath(__file__)), "inject")
