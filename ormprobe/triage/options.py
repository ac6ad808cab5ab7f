"""What a call says of how finished runs are judged."""

from __future__ import annotations

from dataclasses import dataclass

from ormprobe.expected import NOTHING, Expected
from ormprobe.ignoring import NOTHING_IGNORED, Ignored
from ormprobe_instrumentation.digests import HASHED


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """expected: what was declared. values: what may be shown of a log, hashed or plain."""

    expected: Expected = NOTHING
    ignored: Ignored = NOTHING_IGNORED
    values: str = HASHED
