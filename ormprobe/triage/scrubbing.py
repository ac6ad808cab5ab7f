"""What of a log may be shown: the words that a program says of itself, and no user's value."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import TypeAlias

from ormprobe.triage.thrown import Told
from ormprobe_instrumentation.digests import HASHED, Digests
from ormprobe_instrumentation.scrub import scrub_message, scrub_sql, words_of
from ormprobe_instrumentation.vocabulary import WORDS

Scrub: TypeAlias = Callable[[Told], str]


def scrubber(values: str = HASHED) -> Scrub:
    """Scrubs messages as a trace's are, with a key that nobody keeps. values: hashed or plain."""
    digests = Digests(os.urandom(32), values)

    def scrub(told: Told) -> str:
        known = WORDS | words_of(_own_words(told, digests))
        return scrub_message(told.thrown.message, known, digests)

    return scrub


def _own_words(told: Told, digests: Digests) -> Iterator[str]:
    """Names of the program: of its functions, classes and statements, and on its printed lines."""
    for thrown in told.traceback.chain:
        yield thrown.type
        if thrown.sql:
            yield scrub_sql(thrown.sql, digests)  # its literals are the user's
        for frame in thrown.frames:
            yield frame.function
            if frame.code:
                yield frame.code
