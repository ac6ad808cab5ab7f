"""The report as JSON: the document, exactly."""

import msgspec

from ormprobe.document import Report


def render(report: Report) -> str:
    """One JSON object, indented, with a newline at its end."""
    return msgspec.json.format(msgspec.json.encode(report), indent=2).decode() + "\n"
