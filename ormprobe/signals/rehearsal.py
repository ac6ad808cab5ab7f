"""Whether a request says of itself that it keeps nothing: a preview, a dry run, a validation."""

from __future__ import annotations

from ormprobe.timeline.model import Scope, Site

_WORDS = (
    "preview", "dryrun", "simulat", "whatif", "rehears", "validat", "estimat", "projection",
)  # fmt: skip


def rehearses(request: Scope | None, *sites: Site | None) -> bool:
    """By its route, the functions that handle it, or the name of an input that is not false."""
    names = [site.function for site in sites if site is not None]
    if request is not None:
        names += [request.route or "", request.path or ""]
        names += [request.handler.function] if request.handler is not None else []
        for inputs in request.inputs.values():
            if isinstance(inputs.values, dict):
                names += [name for name, value in inputs.values.items() if value]
    plain = [name.lower().replace("_", "").replace("-", "") for name in names]
    return any(word in name for word in _WORDS for name in plain)
