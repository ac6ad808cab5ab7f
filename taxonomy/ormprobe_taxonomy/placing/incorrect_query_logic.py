"""Reads of several rows go wrong where single rows and writes are right.

What tells a query from everything else around it is what the requests have in common. Lists of a
resource that fail while its rows are made, read and changed as they should be share the query
alone. A filter that fails where the list without it is right has only the filter to be wrong. A
read that is rejected as invalid has no body that could be: its handler took an exception for the
client's fault.
"""

from __future__ import annotations

from collections.abc import Iterator

from ormprobe_taxonomy.finished import Finished, Request, Role, Shape
from ormprobe_taxonomy.placement import Placement, told
from ormprobe_taxonomy.terms import Category, Certainty, Subcategory

_EMPTY = (
    ("filter-not-applied", "the statement, and the rows that it returned"),
    ("wrong-predicate", "the statement, and the values that were bound"),
    ("inner-join-row-loss", "the statement's joins, and the rows without them"),
)
_FORM = (
    ("projection-mismatch", "the answer's keys beside the row's columns"),
    ("count-scope-mismatch", "the total beside the rows of the list"),
    ("join-fanout", "the rows of the list, by their keys"),
)
_RAISED = (
    ("unresolved-reference", "the exception that the handler hid"),
    ("bind-type-mismatch", "the exception that the handler hid"),
    ("malformed-statement", "the exception that the handler hid"),
)


def rule(run: Finished) -> Iterator[Placement]:
    if run.uses_database is False:
        return
    for resource in dict.fromkeys(each.resource for each in run.sources()):
        lists = tuple(e for e in run.sources() if e.role is Role.LIST and e.resource == resource)
        if not lists:
            continue
        if _others_pass(run, resource):
            how = "the lists fail, and what is made, read and changed one by one does not"
            yield _placed(run, lists, how, Certainty.LIKELY)
        filtered = tuple(each for each in lists if each.filtered)
        if filtered and _plain_passes(run, resource):
            how = "the list fails by a filter, and without one it does not"
            yield _placed(run, filtered, how, Certainty.LIKELY)
    masked = tuple(each for each in run.sources() if _is_masked(each))
    if masked and any(each.role is Role.LIST for each in run.passed()):
        how = "a read, which has no body, was rejected as invalid"
        yield _placed(run, masked, how, Certainty.LIKELY)

    unread = tuple(each for each in run.sources() if _is_unread(run, each))
    if unread:
        how = "a read of rows failed, and no exception tells why"
        yield _placed(run, unread, how, Certainty.SUSPECTED)
    lost = tuple(each for each in run.sources() if _is_lost(run, each))
    if lost:
        how = "what was made before is not found by its identifier"
        yield _placed(run, lost, how, Certainty.SUSPECTED)


def _is_unread(run: Finished, request: Request) -> bool:
    """A read that failed by its status or came back empty, with no exception to tell why."""
    if request.role not in (Role.LIST, Role.READ) or request.errors:
        return False
    return request.shape in (Shape.CRASHED, Shape.EMPTY, Shape.REJECTED)


def _is_lost(run: Finished, request: Request) -> bool:
    """A request by the identifier of a row that was made and shown, which finds none."""
    wanted = request.needs
    made = any(
        e.role in (Role.CREATE, Role.REGISTER) and e.resource == wanted for e in run.passed()
    )
    return request.shape is Shape.UNFOUND and made and not request.absent and wanted is not None


def _others_pass(run: Finished, resource: str | None) -> bool:
    """Whether something of the resource was made, and no single read or write of it failed hard."""
    single = [e for e in run.requests if e.resource == resource and e.role is not Role.LIST]
    made = any(each.role is Role.CREATE and each.shape is None for each in single)
    return made and not any(e.is_source and e.shape and e.shape.is_hard for e in single)


def _plain_passes(run: Finished, resource: str | None) -> bool:
    return any(
        each.role is Role.LIST and each.resource == resource and not each.filtered
        for each in run.passed()
    )


def _is_masked(request: Request) -> bool:
    reads = request.role in (Role.LIST, Role.READ)
    return reads and request.shape is Shape.REJECTED and not request.absent


def _placed(run: Finished, hit: tuple[Request, ...], how: str, certainty: Certainty) -> Placement:
    hard = any(each.shape is not None and each.shape.is_hard for each in hit)
    form = all(each.shape is Shape.PART for each in hit)
    return Placement(
        category=Category.LOGIC_ERROR,
        subcategory=Subcategory.INCORRECT_QUERY_LOGIC,
        rule="incorrect-query-logic",
        certainty=certainty,
        positions=run.with_effects(hit),
        evidence=(told(hit, how),),
        candidates=_FORM if form else _RAISED if hard else _EMPTY,
    )
