# What we use of joblib, which carries no types.
from collections.abc import Callable, Generator, Iterable
from typing import Any, Literal, TypeAlias

Task: TypeAlias = tuple[Callable[..., Any], tuple[Any, ...], dict[str, Any]]

class Parallel:
    def __init__(
        self,
        *,
        n_jobs: int,
        return_as: Literal["generator_unordered"],
        pre_dispatch: int,
        batch_size: int,
    ) -> None: ...
    def __call__(self, iterable: Iterable[Task]) -> Generator[Any]: ...

class parallel_config:
    def __init__(
        self,
        backend: object,
        *,
        n_jobs: int = ...,
        initializer: Callable[..., object] = ...,
        initargs: tuple[Any, ...] = ...,
    ) -> None: ...
    def __enter__(self) -> object: ...
    def __exit__(self, *error: object) -> None: ...

def cpu_count() -> int: ...
def delayed(function: Callable[..., Any]) -> Callable[..., Task]: ...
