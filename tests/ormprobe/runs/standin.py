"""Stands in for the labelling of one run: what becomes of it stands in the run's own log.

`conduit.log` holds words: `passed`, `failed`, `sleep S`, `raise`, `exit`, `surrogate`, `memory`,
`wait` (says that it broke until there is a file `ready`), `die` (the process is killed), `die-once`
(the first time). Each labelling leaves its mark in `reads` beside the results, so that a test can
count them. As the command line, in a process of its own:

    python -m tests.ormprobe.runs.standin report RESULTS --output DIR
"""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path

from ormprobe.document import Certainty, Status
from ormprobe.runs.model import RunKey
from ormprobe.runs.record import RunRecord


def label_run(folder: Path, key: RunKey, results: Path) -> RunRecord:
    words = (folder / "conduit.log").read_text().split()
    with (results.parent / "reads").open("a") as reads:
        reads.write(f"{folder.name}\n")
    if "wait" in words and not (results.parent / "ready").exists():
        return RunRecord(path="", run_id=key.run_id, error="it is not ready")
    obey(words, results.parent / f"{folder.name}.died")
    failed = "failed" in words
    return RunRecord(
        path="",
        model=key.model,
        agent=key.agent,
        runtime=key.runtime,
        task=key.task,
        run_id=key.run_id,
        status=Status.FAILED if failed else Status.PASSED,
        category="Database / ORM" if failed else None,
        cause="uncommitted-write" if failed else None,
        certainty=Certainty.CERTAIN if failed else None,
        reasoning="\udc80" if "surrogate" in words else "as its log says",
    )


def obey(words: list[str], mark: Path) -> None:
    if "sleep" in words:
        time.sleep(float(words[words.index("sleep") + 1]))
    if "raise" in words:
        raise ValueError("a secret of a user")
    if "exit" in words:
        sys.exit("a secret of a user")
    if "memory" in words:
        raise MemoryError
    if "die-once" in words and not mark.exists():
        mark.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    if "die" in words:
        os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    import tests.ormprobe.runs.standin as standin

    sys.modules["ormprobe.runs.labelling"] = standin
    from ormprobe.cli import main

    main()
