"""What a test took for there and was not: a key, a member, an object that is None.

`response.json()["status"]` in a test is a check that the answer has a status, whose failure is a
KeyError. Only what the test's own line raised is: an exception of the code under test is none.
"""

from __future__ import annotations

import json
from os.path import basename
from types import FrameType
from typing import Any, Dict, List, Optional, Tuple

from ..callsite import Site
from ..lines import Raw
from ..operands import plain
from ..recorder import Recorder

_TYPES: Tuple[type, ...] = (KeyError, IndexError, AttributeError, TypeError)


def of_exception(
    recorder: Recorder, site: Site, frame: FrameType, error: BaseException
) -> Optional[Dict[str, Any]]:
    """The check that a line of a test failed by an exception, None where it is no such check."""
    kind = type(error)
    if kind not in _TYPES or not _is_of_test(frame):
        return None
    fields: Dict[str, Any] = {"operator": kind.__name__, "form": "exception", "expected": "right"}
    found: Optional[Dict[str, Any]] = None
    if kind is KeyError:
        found = _of_key(recorder, site, frame, error)
    elif kind is IndexError:
        found = _of_index(recorder, site, frame)
    elif "NoneType" in str(error):
        found = {"left": Raw("null")}
    if found is None:
        return None
    fields.update(found)
    return fields


def _is_of_test(frame: FrameType) -> bool:
    """Whether a line is a test's own, or of what tests share."""
    if basename(frame.f_code.co_filename) == "conftest.py":
        return True
    name = frame.f_code.co_name
    file = basename(frame.f_code.co_filename)
    return file.startswith("test") or file.endswith("_test.py") or name.startswith("test")


def sought(key: str) -> str:
    """An object with a key that was missing, as JSON."""
    return '{%s:{"?":"missing"}}' % json.dumps(key[:80])


def _of_key(
    recorder: Recorder, site: Site, frame: FrameType, error: BaseException
) -> Optional[Dict[str, Any]]:
    from .source import key_of, known_value, subscripts

    key: Any = error.args[0] if len(error.args) == 1 else None
    if type(key) is not str:
        return None
    for node in subscripts(site.path, site.line):
        if key_of(node) == key:
            known, holder = known_value(node.value, frame.f_locals)
            fields: Dict[str, Any] = {"right": Raw(sought(key))}
            if known:
                fields["left"] = Raw(recorder.digests.shape(plain(holder))[0])
            return fields
    return None


def _of_index(recorder: Recorder, site: Site, frame: FrameType) -> Optional[Dict[str, Any]]:
    from .source import key_of, known_value, subscripts

    indexed: List[Any] = [
        node for node in subscripts(site.path, site.line) if isinstance(key_of(node), int)
    ]
    if not indexed:
        return None
    for node in indexed:
        known, holder = known_value(node.value, frame.f_locals)
        if (
            known
            and type(holder) in (list, tuple)
            and not -len(holder) <= key_of(node) < len(holder)
        ):
            return {"left": Raw(recorder.digests.shape(plain(holder))[0])}
    return {}
