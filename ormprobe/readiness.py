"""Whether a server answers yet."""

import http.client
import socket
import ssl
from urllib.parse import SplitResult, urlsplit

from ormprobe.errors import UsageError

ANSWER_S = 2.0
AGENT = "ormprobe-ready"  # readiness requests reach the trace: this tells them from the driver's


def check(url: str) -> None:
    """Raises UsageError unless `url` is http, https or tcp with a host."""
    parts = _split(url)
    if parts.scheme not in ("http", "https", "tcp") or not parts.hostname:
        raise UsageError(f"--ready must be a URL such as http://127.0.0.1:8000/, not {url}")


def answers(url: str) -> bool:
    """Whether HTTP answers with a status below 500, or, for tcp, whether the port accepts."""
    parts = _split(url)
    host, port = parts.hostname or "", parts.port
    try:
        if parts.scheme == "tcp":
            socket.create_connection((host, port or 0), ANSWER_S).close()
            return True
        if parts.scheme == "https":
            # Readiness is not trust: a development server signs its own certificate.
            context = ssl._create_unverified_context()  # pyright: ignore[reportPrivateUsage]
            connection: http.client.HTTPConnection = http.client.HTTPSConnection(
                host, port, timeout=ANSWER_S, context=context
            )
        else:
            connection = http.client.HTTPConnection(host, port, timeout=ANSWER_S)
        try:
            target = f"{parts.path or '/'}{'?' + parts.query if parts.query else ''}"
            connection.request("GET", target, headers={"User-Agent": AGENT})
            return connection.getresponse().status < 500
        finally:
            connection.close()
    except (OSError, http.client.HTTPException):
        return False


def _split(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        raise UsageError(f"--ready: {url} is not a URL") from None
    return parts
