"""The paper's own label files, read into the records that everything else is counted from."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from pathlib import Path

from ormprobe.document import Status
from ormprobe.errors import UnreadableError
from ormprobe.runs.record import RunRecord
from ormprobe.tables.terms import DATA_LAYER_AND_STATE, LOGIC_ERROR

Key = tuple[str, str, str, str, str]
KEY = ("agent", "model", "runtime", "task", "run_id")
_LONGEST = 1 << 20
"""Characters of a cell; what is longer is no label file."""


def from_paper(paths: Iterable[Path]) -> list[RunRecord]:
    """One record for each failed run that the files name, in the order of the files.

    Files with a `category` and files with a `subcategory` are joined by their run's key. Of the
    latter, a model's rows in a file of several models are superseded, all of them, by a file that
    holds this model alone: the published files are such, and 375 logic errors are left of 431 rows.
    A run that only a file of subcategories names is a logic error.
    """
    categories: dict[Key, dict[str, str]] = {}
    files: list[list[dict[str, str]]] = []
    for path in paths:
        rows = list(_rows(path))
        if rows and "category" in rows[0]:
            categories.update((_key(row), row) for row in rows)
        else:
            files.append(rows)
    subcategories = {_key(row): row for row in _surviving(files)}
    only = [key for key in subcategories if key not in categories]
    return [
        _record(key, categories.get(key), subcategories.get(key)) for key in (*categories, *only)
    ]


def _rows(path: Path) -> Iterator[dict[str, str]]:
    try:
        with path.open(encoding="utf-8-sig", errors="replace", newline="") as lines:
            csv.field_size_limit(_LONGEST)
            reader = csv.DictReader(lines)
            columns = set(reader.fieldnames or ())
            if not columns.issuperset(KEY) or not columns & {"category", "subcategory"}:
                raise UnreadableError(
                    f"{path} is no label file: its columns are not {', '.join(KEY)}"
                    " and a category or a subcategory."
                )
            for row in reader:
                yield {name: text or "" for name, text in row.items() if isinstance(name, str)}
    except (OSError, csv.Error) as error:
        raise UnreadableError(f"{path} cannot be read: {error}.") from error


def _key(row: dict[str, str]) -> Key:
    return (row["agent"], row["model"], row["runtime"], row["task"], row["run_id"])


def _surviving(files: list[list[dict[str, str]]]) -> Iterator[dict[str, str]]:
    models = [{row["model"] for row in rows} for rows in files]
    own = {model for found in models if len(found) == 1 for model in found}
    for rows, found in zip(files, models, strict=True):
        for row in rows:
            if len(found) == 1 or row["model"] not in own:
                yield row


def _record(key: Key, coarse: dict[str, str] | None, fine: dict[str, str] | None) -> RunRecord:
    agent, model, runtime, task, run_id = key
    category = coarse["category"] if coarse else LOGIC_ERROR
    subcategory = fine["subcategory"] if fine and category == LOGIC_ERROR else None
    at_data_layer = subcategory in DATA_LAYER_AND_STATE
    reasoning = (fine or coarse or {}).get("reasoning")
    return RunRecord(
        path="/".join((runtime, agent, model, task, run_id)),
        runtime=runtime,
        agent=agent,
        model=model,
        task=task,
        run_id=run_id,
        framework=task.partition("-openapi")[0] or None,
        level=len(constraints_of(task)),
        status=Status.FAILED if at_data_layer else Status.NOT_DATA_LAYER,
        category=category,
        subcategory=subcategory,
        reasoning=reasoning,
        decided_by="paper",
    )


def constraints_of(task: str) -> list[str]:
    """The constraints that a task's name lists: `{framework}-openapi-{constraint}-...`."""
    rest = task.partition("-openapi")[2]
    return [part for part in rest.split("-") if part and part != "unconstrained"]
