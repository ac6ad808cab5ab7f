"""Who calls is not recognised: a token that was issued is refused, or nobody is asked for.

Each of the forms stands on its own. A token that log-in issued and that every other request
refuses was issued or read wrongly, whatever those requests do. A request that sends no token and is
refused for it is guarded by mistake. An exception of a token library is about tokens by its class.
A handler that finds no caller was not given one by what stands before it.
"""

from __future__ import annotations

from collections.abc import Iterator

from ormprobe_taxonomy.finished import Evidence, Fault, Finished, Kind, Request, Role, Shape
from ormprobe_taxonomy.placement import Placement, told
from ormprobe_taxonomy.terms import Category, Certainty, Subcategory


def rule(run: Finished) -> Iterator[Placement]:
    refused = tuple(each for each in run.sources() if each.shape is Shape.REFUSED)
    issued = [each for each in run.passed() if each.role.issues_token]
    issues = [each for each in run.sources() if each.role.issues_token and not _is_hard(each)]
    if refused and (issued or issues) and any(each.authenticated for each in refused):
        how = "the token that was issued is refused"
        yield _placed(run, refused, told(refused, how), Certainty.LIKELY)
    public = tuple(each for each in refused if not each.authenticated)
    if len(public) > 1:
        yield _placed(run, public, told(public, "refused without a token"), Certainty.LIKELY)
    closed = tuple(e for e in run.sources() if e.role.issues_token and _is_hard(e))
    if closed and not any(each.errors for each in closed):
        how = "nobody can register or log in, and no exception tells why"
        yield _placed(run, closed, told(closed, how), Certainty.SUSPECTED)
    for fault in run.faults:
        if fault.kind in (Kind.AUTH, Kind.CALLER) or _in_log_in(run, fault):
            yield _faulty(run, fault)


def _is_hard(request: Request) -> bool:
    return request.shape is not None and request.shape.is_hard


def _in_log_in(run: Finished, fault: Fault) -> bool:
    """Whether a plain error of the app's code keeps people from registering or logging in."""
    if fault.kind is not Kind.APP or not fault.positions:
        return False
    roles = {each.role for each in run.failed() if each.position in fault.positions}
    return bool(roles) and roles <= {Role.REGISTER, Role.LOG_IN}


def _faulty(run: Finished, fault: Fault) -> Placement:
    hit = tuple(each for each in run.sources() if each.position in fault.positions)
    evidence = Evidence(signal="Raised", says=fault.says, events=fault.events)
    certain = fault.kind is Kind.AUTH and bool(hit)
    placed = _placed(run, hit, evidence, Certainty.CERTAIN if certain else Certainty.LIKELY)
    return Placement(
        category=placed.category,
        subcategory=placed.subcategory,
        rule=placed.rule,
        certainty=placed.certainty,
        positions=placed.positions,
        evidence=placed.evidence,
        place=fault.place,
    )


def _placed(
    run: Finished, hit: tuple[Request, ...], evidence: Evidence, certainty: Certainty
) -> Placement:
    return Placement(
        category=Category.LOGIC_ERROR,
        subcategory=Subcategory.AUTH_MISCONFIGURATION,
        rule="auth-misconfiguration",
        certainty=certainty,
        positions=run.with_effects(hit),
        evidence=(evidence,),
    )
