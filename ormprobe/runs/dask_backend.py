"""joblib's backend for Dask, which also tells joblib of what Dask could not do.

joblib 1.6's own calls nobody back about a future that failed, so that a generator of results waits
for ever once a worker was killed; and it takes the exception of a cancelled one for its result.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

from joblib._dask import DaskDistributedBackend


class ToldBackend(DaskDistributedBackend):
    def effective_n_jobs(self, n_jobs: int) -> int:
        """How many workers there are, and never 1, which for joblib would be this very process:
        a cluster has one while the others start again."""
        return max(2, super().effective_n_jobs(n_jobs))

    def submit(
        self, func: Callable[[], Any], callback: Callable[[Any], object] | None = None
    ) -> Future[Any]:
        def tell(done: Future[Any]) -> None:
            error = done.exception()
            if error is not None and callback is not None:
                callback(error)

        future: Future[Any] = super().submit(func, callback)
        future.add_done_callback(tell)
        return future

    def retrieve_result_callback(self, out: Any) -> Any:
        """The result of a task. Raises what it raised, or what Dask says of it."""
        if isinstance(out, BaseException):
            raise out
        return super().retrieve_result_callback(out)
