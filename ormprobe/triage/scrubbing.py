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

_TEXT = """
algorithm already ambiguity ambiguous apply Authorization authorization back based Bearer bearer
body bring call calls change check choose clause column compare computed configured consider
constructor container content convert database databases declared decorator depends deprecated
destination determine did different driver each eager eagerly edge element ensure establish
establishing even every explicit explicitly fall falls find first fix follow form Format full
function further general generate give given goes got handle handler happens hash header help here
hidden hint how implicit index inside intended invoke item its itself jwt keep kind know known
later least leave left list load longer look lookup made make makes mark mean means meant
middleware missing most move need needs never note null number object occur occurred one open
otherwise own pass passing password path payload plain please plugin point present prevent
probably problem promise proper properly properties property provide provided providing put reach
reading real really rejection rely remains request resolve response rest right rounds route router
salt same say says schema secret see send sent serializer set several should show side signature
simple since single size some something source specify start starts stop such sure target tell
than their them then there though through time together Token toward try turn unbound undefined
unhandled unknown unless unrecognized usage useful usually validator want way well went what who
whole why wish work works write yet
"""
_WORDS = frozenset(_TEXT.split())
"""What libraries say in messages whose templates a log does not hold; no user's data."""


def scrubber(values: str = HASHED) -> Scrub:
    """Scrubs messages as a trace's are, with a key that nobody keeps. values: hashed or plain."""
    digests = Digests(os.urandom(32), values)

    def scrub(told: Told) -> str:
        known = WORDS | _WORDS | words_of(_own_words(told, digests))
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
