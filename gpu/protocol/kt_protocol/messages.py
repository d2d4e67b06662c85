"""Every message of the protocol as a type. The appliance's side is `src/runners/protocol.ts`; the files in
`messages/` are examples that both sides test."""

from collections.abc import Iterator
from typing import Annotated, Any, Final, Literal, TypedDict

from kt_protocol.shape import maximum, minimum, pattern, problems

PROTOCOL_VERSION: Final = 1
MESSAGE_BYTES_MAX: Final = 4 * 1024 * 1024

Count = Annotated[int, minimum(0)]
Seconds = Annotated[float, minimum(0)]
Id = Annotated[int, minimum(1)]
Filename = Annotated[str, pattern(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")]
ErrorKind = Literal["invalid_input", "out_of_memory", "canceled", "model_broken", "internal"]
LogLevel = Literal["debug", "info", "warn", "error"]


class RpcCode:
    """JSON-RPC error codes: the standard ones, and `RUNNER` for every `ErrorKind`."""

    PARSE: Final = -32700
    INVALID_REQUEST: Final = -32600
    METHOD_NOT_FOUND: Final = -32601
    RUNNER: Final = -32000


class InitializeParams(TypedDict):
    protocolVersion: Count
    scratchRoot: str


class InitializeResult(TypedDict):
    protocolVersion: Count
    name: str
    version: str
    tasks: list[str]
    concurrency: Annotated[int, minimum(1)]


class LoadParams(TypedDict):
    model: str
    modelFolder: str | None
    device: str
    dtype: str | None
    memoryMode: str | None


class Residency(TypedDict):
    """What the model holds after `load`, `park`, `wake` or `unload`, and how long the change took."""

    vramBytes: Count
    hostBytes: Count
    seconds: Seconds


class RunParams(TypedDict):
    jobId: str
    task: str
    params: dict[str, Any]
    outputFolder: str
    scratchFolder: str


class _OutputBase(TypedDict):
    filename: Filename
    mimeType: str


class Output(_OutputBase, total=False):
    """A file in the output folder; the first of a result is the main one."""

    width: Count
    height: Count
    durationSeconds: Seconds
    frames: Count


class RunResult(TypedDict):
    outputs: Annotated[list[Output], maximum(64)]
    metadata: dict[str, Any]
    measurements: dict[str, float]


class CancelParams(TypedDict):
    jobId: str


class Progress(TypedDict):
    jobId: str
    stage: str
    step: Count
    steps: Count
    fraction: Annotated[float, minimum(0), maximum(1)]


class _LogBase(TypedDict):
    level: LogLevel
    message: str


class LogMessage(_LogBase, total=False):
    jobId: str


class ErrorData(TypedDict):
    kind: ErrorKind


class _ErrorBase(TypedDict):
    code: int
    message: str


class ErrorBody(_ErrorBase, total=False):
    data: ErrorData


class Request(TypedDict):
    jsonrpc: Literal["2.0"]
    id: Id
    method: str
    params: dict[str, Any]


class ResultResponse(TypedDict):
    jsonrpc: Literal["2.0"]
    id: Id
    result: dict[str, Any]


class ErrorResponse(TypedDict):
    jsonrpc: Literal["2.0"]
    id: Id | None
    error: ErrorBody


class Notification(TypedDict):
    jsonrpc: Literal["2.0"]
    method: str
    params: dict[str, Any]


class _Nothing(TypedDict):
    pass


ENVELOPES: Final[dict[str, Any]] = {
    "request": Request,
    "result": ResultResponse,
    "error": ErrorResponse,
    "notification": Notification,
}
BODIES: Final[dict[tuple[str, str], Any]] = {
    ("request", "initialize"): InitializeParams,
    ("result", "initialize"): InitializeResult,
    ("request", "load"): LoadParams,
    ("result", "load"): Residency,
    ("request", "park"): _Nothing,
    ("result", "park"): Residency,
    ("request", "wake"): _Nothing,
    ("result", "wake"): Residency,
    ("request", "unload"): _Nothing,
    ("result", "unload"): Residency,
    ("request", "run"): RunParams,
    ("result", "run"): RunResult,
    ("request", "cancel"): CancelParams,
    ("result", "cancel"): _Nothing,
    ("notification", "progress"): Progress,
    ("notification", "log"): LogMessage,
}


def message_problems(message: Any, kind: str, method: str | None) -> Iterator[str]:
    """What is wrong with a message of this kind (`request`, `result`, `error`, `notification`) and method."""
    found = list(problems(message, ENVELOPES[kind]))
    yield from found
    body = BODIES.get((kind, method or ""))
    if not found and body is not None:
        part = "result" if kind == "result" else "params"
        yield from problems(message[part], body, f"/{part}")
