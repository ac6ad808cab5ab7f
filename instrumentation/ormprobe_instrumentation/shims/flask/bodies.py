"""The end of a request: at once where its body is in memory, else with its body."""

from __future__ import annotations

from typing import Any, Callable

from ...hooks import hide_own_frame
from .requests import Request

Guard = Callable[..., None]


def answer(request: Request, body: Any, guard: Guard) -> Any:
    """What `wsgi_app` returns: the very body, unless the app's code may still run in it."""
    if request.response is None or is_settled(request.response) or _is_file(request, body):
        guard(request.leave)
        return body
    guard(request.suspend)
    return Body(request, body, guard)


def is_settled(response: Any) -> bool:
    """Whether a body is in memory and nothing is to be called when it is closed."""
    return type(response.response) in (list, tuple) and not getattr(response, "_on_close", None)


def _is_file(request: Request, body: Any) -> bool:
    """Whether a server may send the body by itself; it looks at the object's type."""
    wrapper = request.environ.get("wsgi.file_wrapper")
    return isinstance(wrapper, type) and isinstance(body, wrapper)


class Body:
    """A streamed body: it runs inside its request's scope, which ends with it."""

    def __init__(self, request: Request, body: Any, guard: Guard) -> None:
        self._request = request
        self._body = body
        self._items = iter(body)
        self._guard = guard

    def __iter__(self) -> Body:
        return self

    def __next__(self) -> Any:
        self._guard(self._request.resume)
        try:
            return next(self._items)
        except StopIteration:  # test clients close late, or never
            if not getattr(self._request.response, "_on_close", None):
                self._guard(self._request.leave)
            raise
        except BaseException as error:
            self._guard(self._request.fail, error, "stream")
            self._guard(self._request.leave)
            hide_own_frame(error)
            raise
        finally:
            self._guard(self._request.suspend)

    def close(self) -> None:
        self._guard(self._request.resume)
        try:
            close = getattr(self._body, "close", None)
            if close is not None:
                close()
        except BaseException as error:
            self._guard(self._request.fail, error, "stream")
            hide_own_frame(error)
            raise
        finally:
            self._guard(self._request.leave)

    def __del__(self) -> None:
        self._guard(self._request.leave)
