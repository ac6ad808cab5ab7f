"""A Dask cluster as a place of work, by joblib's own backend."""

from __future__ import annotations

import warnings
from collections.abc import Generator
from concurrent.futures import CancelledError
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import ormprobe
from ormprobe.errors import OrmprobeError

if TYPE_CHECKING:
    from distributed import Client

CONNECT_S = 10
PROBE_S = 60


class ClusterError(OrmprobeError):
    """The cluster cannot be used."""


class Cluster:
    """The workers of a Dask scheduler. `address`: as `tcp://host:8786`.

    Raises ClusterError where Dask is not installed, the scheduler does not answer, it has no
    workers, or one of them has another ormprobe or does not see the folder of the results.
    """

    def __init__(self, address: str, results: Path, jobs: int | None = None) -> None:
        try:
            import distributed
        except ImportError:
            raise ClusterError(
                "--backend dask needs Dask: python -m pip install 'ormprobe[dask]'"
            ) from None
        self.address = address
        self._client = _connected(address)
        cores = _checked(self._client, address, results)
        self.jobs: int = jobs or cores
        self.workers: int = max(2, cores)
        self.deaths: tuple[type[BaseException], ...] = (distributed.KilledWorker,)

    @contextmanager
    def entered(self) -> Generator[None, None, None]:
        import joblib

        from ormprobe.runs.dask_backend import ToldBackend

        try:
            with joblib.parallel_config(backend=ToldBackend(client=self._client)):
                yield
        except (OSError, CancelledError) as error:
            raise ClusterError(
                f"the Dask cluster at {self.address} failed: {_short(error)}"
            ) from None
        finally:
            self._client.close()


def _connected(address: str) -> Client:
    from distributed import Client

    try:
        with warnings.catch_warnings():
            # Versions of numpy and the like, which nothing here needs; ours is compared below.
            warnings.simplefilter("ignore")
            return Client(address, timeout=CONNECT_S, set_as_default=False)
    except (OSError, ValueError, ImportError) as error:
        raise ClusterError(f"no Dask scheduler answers at {address}: {_short(error)}") from None


def _checked(client: Client, address: str, results: Path) -> int:
    """The cores of the cluster, once every worker is known to be of use."""
    cores = sum(client.ncores().values())
    if not cores:
        raise ClusterError(f"the Dask scheduler at {address} has no workers")
    try:
        told = client.run(seen, str(results))
        client.submit(seen, str(results), pure=False).result(timeout=PROBE_S)
    except Exception as error:
        raise ClusterError(
            f"the Dask cluster at {address} cannot use ormprobe, which must be installed beside "
            f"its scheduler and on each worker: {_short(error)}"
        ) from None
    for worker, (version, sees) in sorted(told.items()):
        if version != ormprobe.__version__:
            raise ClusterError(
                f"the Dask worker {worker} has ormprobe {version}, not {ormprobe.__version__}"
            )
        if not sees:
            raise ClusterError(f"the Dask worker {worker} does not see the folder {results}")
    return cores


def seen(folder: str) -> tuple[str, bool]:
    """Of a worker: its version of ormprobe, and whether it sees a folder."""
    return ormprobe.__version__, Path(folder).is_dir()


def _short(error: BaseException) -> str:
    first = str(error).strip().partition("\n")[0]
    return first or type(error).__name__
