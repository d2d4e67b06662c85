"""Each environment's lock beside its pyproject.toml; `gpu/lock-environments` writes it after a change of that."""

import re
from pathlib import Path
from typing import Final

import pytest
import tomllib

GPU: Final = Path(__file__).parents[2]
ENVIRONMENTS: Final = sorted(file.parent for file in GPU.glob("*/pyproject.toml") if file.parent.name != "protocol")
COMMIT: Final = re.compile(r"@[0-9a-f]{40}(#|$)")


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def locked(environment: Path) -> dict[str, str]:
    """By package, what stands after its name: `==2.6.0 …` with its hashes, or ` @ git+https://…`."""
    text = (environment / "requirements.lock").read_text(encoding="utf-8").replace("\\\n", "")
    entries = (re.match(r"([A-Za-z0-9._-]+)(.*)", line) for line in text.splitlines() if line.strip())
    return {normal(entry[1]): entry[2] for entry in entries if entry}


def asked(environment: Path) -> dict[str, str]:
    """By package, what pyproject.toml asks for: `==2.6.0`, ` @ git+https://…`, or nothing of a version."""
    project = tomllib.loads((environment / "pyproject.toml").read_text(encoding="utf-8"))
    wanted = [*project["project"]["dependencies"], *project["tool"]["uv"].get("override-dependencies", [])]
    entries = (re.match(r"([A-Za-z0-9._-]+)(.*)", text) for text in wanted)
    return {normal(entry[1]): entry[2] for entry in entries if entry}


@pytest.mark.parametrize("environment", ENVIRONMENTS, ids=lambda folder: folder.name)
def test_a_lock_has_what_its_project_asks_for(environment: Path) -> None:
    lock = locked(environment)
    for name, wanted in asked(environment).items():
        if "python_version < '3'" in wanted:
            # So a project leaves out what a package asks for, and nobody needs.
            assert name not in lock
        elif wanted.startswith("==") or wanted.startswith(" @"):
            version = lock[name].strip().split(" ")[0] if wanted.startswith("==") else lock[name].rstrip()
            assert version == wanted
        else:
            assert name in lock


@pytest.mark.parametrize("environment", ENVIRONMENTS, ids=lambda folder: folder.name)
def test_every_package_is_pinned_by_its_hash_or_commit(environment: Path) -> None:
    for name, pinned in locked(environment).items():
        if pinned.startswith(" @ "):
            assert pinned.startswith(" @ git+https://github.com/") and COMMIT.search(pinned), name
        else:
            assert pinned.startswith("==") and "--hash=sha256:" in pinned, name


@pytest.mark.parametrize("environment", ENVIRONMENTS, ids=lambda folder: folder.name)
def test_a_lock_names_no_registry_and_no_folder(environment: Path) -> None:
    text = (environment / "requirements.lock").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if not re.match(r"[A-Za-z0-9._-]+ @ git\+https://github\.com/", line)]
    assert not [line for line in lines if "://" in line or "file:" in line or "index" in line.split("==")[0]]
    # What a git package asks for is said by hand: of the version that it says it has.
    for entry in tomllib.loads((environment / "pyproject.toml").read_text())["tool"]["uv"].get(
        "dependency-metadata", []
    ):
        assert normal(entry["name"]) in locked(environment)
