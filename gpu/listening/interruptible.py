"""Calls that take long and know no cancel, such as CTranslate2's, made on a thread that a job needn't wait for."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as NotDone
from typing import Final, ParamSpec, TypeVar

from kt_protocol import Job

_LOOK_SECONDS: Final = 0.1

P = ParamSpec("P")
T = TypeVar("T")


class Worker:
    """One thread. What was left behind by a canceled job ends first; what is called next waits for it."""

    def __init__(self) -> None:
        self._executor = ThreadPoolExecutor(max_workers=1)

    def call(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """The function's answer or exception."""
        return self._executor.submit(function, *args, **kwargs).result()

    def call_for(self, job: Job, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """As `call`, but raises `Canceled` within 0.1 s of a cancel, and leaves the call to end by itself."""
        future: Future[T] = self._executor.submit(function, *args, **kwargs)
        while True:
            try:
                return future.result(timeout=_LOOK_SECONDS)
            except NotDone:
                # The function may itself have raised a TimeoutError.
                if future.done():
                    return future.result()
            try:
                job.check_canceled()
            except BaseException:
                future.cancel()
                raise
