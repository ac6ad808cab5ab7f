"""Traces a case as a user would, and says how its verdict compares with its label."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.corpus.cases import Case, culprit_line, materialise
from tests.corpus.running import clean_environment

NEAR = 3
"""Lines that a culprit may be off and still count: a call spans several."""


@dataclass(frozen=True)
class Traced:
    """What a user gets: exit status, report, standard error, and the app that was traced."""

    case: Case
    app: Path
    exit_status: int
    report: dict[str, Any]
    stderr: str

    @property
    def status(self) -> str:
        return str(self.report["verdict"]["status"])

    @property
    def primary(self) -> dict[str, Any]:
        return self.report["verdict"]["primary"] or {}

    @property
    def where(self) -> dict[str, Any]:
        """The place of the primary label, empty for none."""
        return next(
            (
                label["where"] or {}
                for label in self.report["labels"]
                if label["id"] == self.primary.get("label")
            ),
            {},
        )

    def causes(self, severity: str) -> list[str]:
        found = [label for label in self.report["labels"] if label["severity"] == severity]
        return [label["cause"] for label in found if label["cause"] is not None]

    def place_is_right(self) -> bool:
        """Whether the primary label lies within a few lines of a line that a judge accepts."""
        assert self.case.fault is not None
        return self.is_at(self.where)

    def is_at(self, where: dict[str, Any]) -> bool:
        assert self.case.fault is not None
        for culprit in self.case.fault.culprits:
            line = culprit_line(self.app, culprit)
            if where.get("file") == culprit.file and abs(where.get("line", 0) - line) <= NEAR:
                return True
        return False


def trace(case: Case, into: Path, variables: Mapping[str, str]) -> Traced:
    """Trace a case in a folder of its own with `ormprobe trace`, given the app's environment."""
    app = materialise(case, into)
    report = into / "report.json"
    command = [sys.executable, "-m", "ormprobe", "trace", str(app), "--python", sys.executable]
    command += ["--output", str(into / "trace"), "--format", "json", "--report", str(report)]
    command += ["--timeout", "120"]
    command += [f"--env={name}={value}" for name, value in variables.items()]
    command += case.fault.options if case.fault else ()
    exercise = case.exercise
    if exercise.command:
        command += ["--", *exercise.command]
    elif exercise.serve:
        command += ["--serve", exercise.serve, "--drive", exercise.drive]
        command += ["--ready", exercise.ready] if exercise.ready else []
    done = subprocess.run(
        command,
        env=clean_environment(),
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )
    document = json.loads(report.read_text()) if report.exists() else {}
    return Traced(case, app, done.returncode, document, done.stderr)
