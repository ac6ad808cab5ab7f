"""Reads what an agent did: whether it was done, ran in circles, or was stopped by a limit.

Signs of the end are those that agents' programs write: mini-swe-agent 1 and 2 (its source was
read: a run ends with a submission, or with an empty turn after a result where a limit was
reached), SWE-agent's exit statuses, and tools by which others say that they are done.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable
from hashlib import blake2b
from pathlib import Path

from ormprobe.runs.model import Trajectory, Turn
from ormprobe.runs.turns import Record, read_turns, turns_of_text

KEPT = 12
"""Turns that are kept of the end."""

MAX_COMMANDS = 200_000

_FENCE = re.compile(r"```(?P<kind>[^\n]*)\n(?P<body>.*?)(?:\n```|\Z)", re.DOTALL)
_RESULT = re.compile(r"\s*<(?:returncode|output|exit_code|stdout)\b")
_SUBMITS = re.compile(
    r"COMPLETE_TASK_AND_SUBMIT\w*|MINI_SWE_AGENT_FINAL_OUTPUT|(?:\A|\n)\s*submit\s*(?:\Z|\n)"
)
_DONE_TOOLS = re.compile(
    r"```call (?:submit|finish|done|complete|task_complete|attempt_completion|complete_task)\n"
)
_LIMIT = re.compile(
    r"""\b(?:context|token|step|cost|budget|iteration|turn|call)s?(?:[ _-](?:length|window|count))?
        [ _-]?limits?\s+(?:was\s+|has\s+been\s+|is\s+)?(?:exceeded|reached|hit|exhausted)
    | \bcontext[ _]length[ _]exceeded | \bmaximum\ context\ length | \bContextWindowExceeded
    | \bLimitsExceeded\b | \bTimeExceeded\b | \bexit_(?:context|cost)\b
    | \b(?:exceeds?|exceeded|reached)\ (?:the\ |its\ |your\ )?(?:max(?:imum)?\ )?(?:number\ of\ )?
      (?:steps?|turns?|iterations?|context(?:\ window|\ length)?|tokens?|cost|budget)(?:\ limit)?\b
    | \bmax(?:imum|_)?[ _]?(?:steps|turns|iterations)\ (?:reached|exceeded)""",
    re.VERBOSE | re.IGNORECASE,
)


def read_trajectory(path: Path, notes: list[str] | None = None) -> Trajectory:
    """What a file tells of an agent. notes: gets a sentence where not all was read.

    Raises UnreadableError where it holds no turns.
    """
    record = Record()
    found = _summed(read_turns(path, record), record)
    if record.cut and notes is not None:
        notes.append(f"{path.name} was not read whole: {record.why}")
    return found


def trajectory_of(text: str) -> Trajectory:
    """What a plain text of turns tells: `[assistant]`, its words, `[user]`, its words."""
    return _summed(turns_of_text(text.split("\n")), Record())


def _summed(turns: Iterable[Turn], record: Record) -> Trajectory:
    last: deque[Turn] = deque(maxlen=KEPT)
    seen: dict[bytes, int] = {}
    count = repeats = 0
    before: Turn | None = None
    for turn in turns:
        count += 1
        if before is not None and before.role == "assistant" and turn.role != "assistant":
            key = _key(before, turn)
            if key in seen or len(seen) < MAX_COMMANDS:
                seen[key] = seen.get(key, 0) + 1
                repeats = max(repeats, seen[key])
        last.append(turn)
        before = turn
    return Trajectory(
        turns=count,
        last=tuple(last),
        repeats=repeats,
        submitted=_submitted(tuple(last), record),
        limit_reached=_limit_reached(tuple(last), record),
        cut=record.cut,
    )


def _key(said: Turn, result: Turn) -> bytes:
    text = f"{_command(said)}\0{' '.join(result.text.split())}"
    return blake2b(text.encode("utf-8", "replace"), digest_size=12).digest()


def _command(turn: Turn) -> str:
    """What a turn of an agent runs: its blocks, or all of it where it has none."""
    blocks = [match["body"] for match in _FENCE.finditer(turn.text)]
    return " ".join("\n".join(blocks or [turn.text]).split())


def _submitted(last: tuple[Turn, ...], record: Record) -> bool | None:
    if record.status:
        return record.status.lower().startswith("submitted")
    own = [at for at, turn in enumerate(last) if turn.role == "assistant"]
    if not own:
        return None
    text = last[own[-1]].text
    blocks = "\n".join(match["body"] for match in _FENCE.finditer(text))
    if not (_SUBMITS.search(blocks or text) or _DONE_TOOLS.search(text)):
        return False
    # a result below it means that the agent's program did not take it as the end
    return not any(_RESULT.match(turn.text) for turn in last[own[-1] + 1 :])


def _limit_reached(last: tuple[Turn, ...], record: Record) -> bool:
    if record.status:
        return _LIMIT.search(record.status) is not None
    ends = [turn for turn in last[-2:] if turn.role != "assistant"]
    if any(_LIMIT.search(turn.text) for turn in ends if not _RESULT.match(turn.text)):
        return True
    return len(ends) == 2 and not ends[1].text.strip() and bool(ends[0].text.strip())
