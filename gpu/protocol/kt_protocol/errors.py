"""Failures that the appliance understands. Anything else that a model raises is reported as `internal`."""

from typing import ClassVar


class RunnerError(Exception):
    """A failure with a kind; the message reaches the client, so it names no paths."""

    kind: ClassVar[str] = "internal"


class InvalidInput(RunnerError):
    """The job can't be done as asked, by this model, ever."""

    kind = "invalid_input"


class OutOfMemory(RunnerError):
    """The GPU (or the host) had too little memory. Another attempt may find more."""

    kind = "out_of_memory"


class ModelBroken(RunnerError):
    """The weights are missing, damaged, or not the ones that this runner knows."""

    kind = "model_broken"


class Canceled(RunnerError):
    """The appliance asked for the job to stop. Raised by `Job.check_canceled` and `Job.progress`."""

    kind = "canceled"

    def __init__(self, message: str = "The job was canceled.") -> None:
        super().__init__(message)


# What torch's host allocator, CUDA, cuBLAS, cuDNN and CTranslate2 say in a plain RuntimeError.
OUT_OF_MEMORY_WORDS = ("out of memory", "can't allocate memory", "not enough memory", "ALLOC_FAILED")


def is_out_of_memory(error: BaseException) -> bool:
    """Whether a library found no memory. Torch is not imported here: its errors are known by their names and words."""
    if isinstance(error, (OutOfMemory, MemoryError)) or type(error).__name__ == "OutOfMemoryError":
        return True
    return isinstance(error, RuntimeError) and any(words in str(error) for words in OUT_OF_MEMORY_WORDS)


# What torch and CTranslate2 say when a kernel failed, or the card. CUDA then refuses the process every further call.
GPU_BROKEN_WORDS = ("CUDA error", "CUDA failed with error", "STATUS_EXECUTION_FAILED")


def is_gpu_broken(error: BaseException) -> bool:
    """Whether `error`, or what caused it, leaves this process without a usable GPU: only a new one may have it."""
    cause: BaseException | None = error
    while cause is not None:
        if is_out_of_memory(cause):
            return False
        if isinstance(cause, RuntimeError) and any(words in str(cause) for words in GPU_BROKEN_WORDS):
            return True
        cause = cause.__cause__
    return False


def failure_of(error: BaseException) -> tuple[str, str]:
    """The kind and message of any exception."""
    if isinstance(error, RunnerError):
        return error.kind, str(error)
    if is_out_of_memory(error):
        return OutOfMemory.kind, "The model ran out of memory."
    return RunnerError.kind, f"{type(error).__name__}: {error}"
