"""A process that truly finds no memory: the host's allocator refuses."""

import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def little_memory(pid: int, spare_bytes: int) -> Iterator[None]:
    """Inside, the process `pid` gets no more than `spare_bytes` on top of what it has."""
    unlimited = resource.prlimit(pid, resource.RLIMIT_DATA)
    resource.prlimit(pid, resource.RLIMIT_DATA, (data_bytes(pid) + spare_bytes, unlimited[1]))
    try:
        yield
    finally:
        resource.prlimit(pid, resource.RLIMIT_DATA, unlimited)


def data_bytes(pid: int) -> int:
    """What RLIMIT_DATA counts of a process."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii", errors="replace")
    return next(int(line.split()[1]) * 1024 for line in status.splitlines() if line.startswith("VmData:"))
