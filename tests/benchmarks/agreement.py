"""How far log-only triage agrees with people, over rows that people have checked.

    python tests/benchmarks/agreement.py [ROWS.json] [--rows]

ROWS holds a list of objects: `id`, `runtime`, `task`, `newman_summary`, `server_log`, `trajectory`,
and `human_subcategory`, the label. Nothing else of a row is read. Left out, it is the half of the
paper's human-checked rows that lies beside the project (arXiv 2605.06445).

Printed: accuracy, Cohen's kappa, accuracy per category and runtime, the share of abstentions; each
also adjudicated: where the published label itself is disputed, either answer counts.
"""

from __future__ import annotations

import argparse
import io
import json
import sys
from collections import Counter
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
ROWS = ROOT.parent / "shared" / "data" / "validation_rows.json"
MOST_ABSTAINED = 0.1
DISPUTED = {
    # the object was made and shown without its envelope; paths of `null` only follow (rows of SPF)
    "state_propagation_failure": frozenset(("schema_format_error",)),
    # one cause, two published labels: an untyped NULL (42P18), containment on a base type
    "database_runtime_error": frozenset(("incorrect_query_logic",)),
    "incorrect_query_logic": frozenset(("database_runtime_error",)),
}
_DISPUTES = {
    "state_propagation_failure": lambda found, row: "/null" in row["server_log"],
    "database_runtime_error": lambda found, row: found == "bind-type-mismatch",
    "incorrect_query_logic": lambda found, row: found == "backend-unsupported-operation",
}


def judged(row: dict[str, Any]) -> tuple[str | None, str | None, str]:
    """Subcategory (or category), cause and reasoning of a row, from its texts alone."""
    from ormprobe.logs.model import LogCounts
    from ormprobe.logs.reading import read_log
    from ormprobe.runs.labelling import record_of
    from ormprobe.runs.model import RunFiles, RunKey
    from ormprobe.runs.suite import conduit
    from ormprobe.runs.summary import complete, parse_summary
    from ormprobe.runs.tasks import task_of
    from ormprobe.runs.trajectories import trajectory_of
    from ormprobe.triage.folders import RunFolder, judged_folder
    from ormprobe.triage.items import kept
    from ormprobe.triage.options import Options

    counts = LogCounts()
    log = kept(
        read_log(io.BytesIO((row["server_log"] or "").encode()), counts), counts, "server.log"
    )
    lines = list(enumerate((row["newman_summary"] or "").splitlines(), 1))
    key = RunKey(runtime=row["runtime"], task=row["task"])
    run = RunFolder(
        key=key,
        task=task_of(row["task"], row["runtime"]),
        files=RunFiles(folder=Path("run"), server_log=Path("server.log")),
        requests=complete(parse_summary(lines, "summary"), conduit()),
        server=log,
        trajectory=trajectory_of(row["trajectory"] or ""),
    )
    record = record_of(judged_folder(run, Options()), "run", key)
    return record.subcategory or record.category, record.cause, record.reasoning or ""


def kappa(pairs: list[tuple[str, str]]) -> float:
    """Cohen's kappa of two raters. An abstention is a category of its own."""
    count = len(pairs)
    agreed = sum(one == other for one, other in pairs) / count
    ours, theirs = Counter(o for o, _ in pairs), Counter(t for _, t in pairs)
    chance = sum(ours[name] * theirs[name] for name in ours) / count**2
    return 1.0 if chance == 1 else (agreed - chance) / (1 - chance)


def is_disputed(label: str, found: str, cause: str | None, row: dict[str, Any]) -> bool:
    """Whether a row's published label is one that the evidence itself disputes."""
    accepted = found in DISPUTED.get(label, frozenset())
    return accepted and label in _DISPUTES and bool(_DISPUTES[label](cause, row))


def main() -> int:
    parser = argparse.ArgumentParser(description="Agreement of log-only triage with people.")
    parser.add_argument("rows", nargs="?", type=Path, default=ROWS)
    parser.add_argument("--rows", dest="each", action="store_true", help="print each row")
    arguments = parser.parse_args()
    if not arguments.rows.is_file():
        print(f"no rows at {arguments.rows}: nothing measured")
        return 0
    pairs: list[tuple[str, str]] = []
    fair: list[tuple[str, str]] = []
    runtimes: list[str] = []
    for row in json.loads(arguments.rows.read_text("utf-8")):
        label = row["human_subcategory"]
        found, cause, reasoning = judged(row)
        ours = found or "abstained"
        same = label if is_disputed(label, ours, cause, row) else ours
        pairs.append((ours, label))
        fair.append((same, label))
        runtimes.append(row["runtime"])
        if arguments.each:
            mark = "=" if ours == label else "~" if same == label else "X"
            print(f"{mark} {row['id']}: {label} / {ours} / {cause}\n    {reasoning[:400]}")
    for name, each in (("plain", pairs), ("adjudicated", fair)):
        right = sum(one == other for one, other in each)
        print(f"{name}: {right}/{len(each)} right, kappa {kappa(each):.3f}")
    for runtime in sorted(set(runtimes)):
        own = [pair for pair, its in zip(fair, runtimes, strict=True) if its == runtime]
        print(f"  {runtime}: {sum(a == b for a, b in own)}/{len(own)}, kappa {kappa(own):.3f}")
    for label in sorted({label for _, label in fair}):
        own = [pair for pair in fair if pair[1] == label]
        print(f"  {label}: {sum(a == b for a, b in own)}/{len(own)}")
    abstained = sum(ours == "abstained" for ours, _ in pairs) / len(pairs)
    print(f"abstained: {abstained:.0%} (at most {MOST_ABSTAINED:.0%})")
    return 0


if __name__ == "__main__":
    sys.exit(main())
