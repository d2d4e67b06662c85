"""The pipe to the appliance. Descriptor 1 is taken away from everything else in the process."""

import json
import os
import sys
import threading
from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO


class Channel:
    """Reads lines from stdin and writes messages to what was stdout; any thread may send."""

    def __init__(self, source: BinaryIO, target: BinaryIO) -> None:
        self._source = source
        self._target = target
        self._sending = threading.Lock()

    def lines(self) -> Iterator[bytes]:
        """Each line as it comes, until the appliance closes the pipe."""
        # readline, and not iteration over the file: iteration reads ahead.
        while line := self._source.readline():
            if line.strip():
                yield line

    def send(self, message: Mapping[str, Any]) -> None:
        line = json.dumps(message, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        with self._sending:
            self._target.write(line.encode() + b"\n")
            self._target.flush()

    def respond(self, request_id: int, result: Mapping[str, Any]) -> None:
        self.send({"jsonrpc": "2.0", "id": request_id, "result": result})

    def refuse(self, request_id: int | None, code: int, message: str, kind: str | None = None) -> None:
        error: dict[str, Any] = {"code": code, "message": message}
        if kind is not None:
            error["data"] = {"kind": kind}
        self.send({"jsonrpc": "2.0", "id": request_id, "error": error})

    def notify(self, method: str, params: Mapping[str, Any]) -> None:
        self.send({"jsonrpc": "2.0", "method": method, "params": params})


def take_over_stdio() -> Channel:
    """Keeps the real stdout for the protocol and points descriptor 1 at stderr, so that nothing that Python code, a C
    library or a child process prints can reach the appliance. To be called before a model's libraries are imported."""
    sys.stdout.flush()
    target = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    return Channel(sys.stdin.buffer, target)
