"""Starts a runner: `python run.py <file>`, where the file defines one subclass of `Runner`.

A manifest's command is `["gpu/<family>/.venv/bin/python", "gpu/protocol/run.py", "gpu/<family>/<model>.py"]`: the
environment needs no installed copy of this package. Stdout is taken over before the file, and with it torch and the
like, is imported.
"""

import importlib.util
import sys
from pathlib import Path

from kt_protocol import Runner, serve
from kt_protocol.channel import take_over_stdio


def find_runner(file: Path) -> type[Runner]:
    """Imports `file` and answers its one `Runner`. The modules beside it can be imported from it."""
    sys.path.insert(0, str(file.parent))
    spec = importlib.util.spec_from_file_location(file.stem, file)
    if spec is None or spec.loader is None:
        raise SystemExit(f"{file} is not a Python file.")
    module = importlib.util.module_from_spec(spec)
    # Before it is executed, as an import would: dataclasses and pickle look the module up.
    sys.modules[file.stem] = module
    spec.loader.exec_module(module)
    found = [
        value
        for value in vars(module).values()
        if isinstance(value, type) and issubclass(value, Runner) and value.__module__ == file.stem
    ]
    if len(found) != 1:
        raise SystemExit(f"{file} defines {len(found)} runners; exactly one is wanted.")
    return found[0]


def main() -> None:
    if len(sys.argv) != 2:
        raise SystemExit("usage: run.py <file>")
    channel = take_over_stdio()
    serve(find_runner(Path(sys.argv[1]).resolve())(), channel)


if __name__ == "__main__":
    main()
