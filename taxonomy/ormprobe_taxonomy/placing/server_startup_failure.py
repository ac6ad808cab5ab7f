"""The program never served: it did not start, or nothing could reach it.

Stands on its own: a start that a shell, a loader or a database refused is said by them in words of
their own, and no later evidence can outweigh that no request was ever answered.
"""

from __future__ import annotations

from collections.abc import Iterator

from ormprobe_taxonomy.finished import Evidence, Finished
from ormprobe_taxonomy.placement import Placement, told
from ormprobe_taxonomy.terms import Category, Certainty


def rule(run: Finished) -> Iterator[Placement]:
    failed = run.failed()
    if run.answered or (run.answered is None and run.listening):
        return
    if not run.starts and not failed:
        return
    evidence = [Evidence(signal="StartRefused", says=h.says, events=h.events) for h in run.starts]
    if failed:
        evidence.append(told(failed, "no request was answered"))
    certain = bool(run.starts) and not run.listening
    yield Placement(
        category=Category.SERVER_STARTUP_FAILURE,
        rule="server-startup-failure",
        certainty=Certainty.CERTAIN if certain else Certainty.LIKELY,
        positions=tuple(each.position for each in failed),
        evidence=tuple(evidence[:5]),
        whole=True,
    )
