"""A good file passes, and each way in which one can be broken is told."""

import json
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import trimesh

from glb_check import BrokenGlb, GlbFacts, check_glb


@pytest.fixture
def good(tmp_path: Path) -> Path:
    path = tmp_path / "good.glb"
    trimesh.creation.box().export(path, include_normals=True)
    return path


def rewrite(path: Path, change: Callable[[dict[str, Any]], None]) -> None:
    """Changes the document, and leaves the rest of the file in order."""
    data = path.read_bytes()
    [size] = struct.unpack_from("<I", data, 12)
    document = json.loads(data[20 : 20 + size])
    change(document)
    text = json.dumps(document).encode()
    text += b" " * (-len(text) % 4)
    rest = data[20 + size :]
    header = struct.pack("<III", 0x46546C67, 2, 20 + len(text) + len(rest)) + struct.pack("<II", len(text), 0x4E4F534A)
    path.write_bytes(header + text + rest)


def test_a_good_file_passes(good: Path) -> None:
    assert check_glb(good) == GlbFacts(faces=12, vertices=8, texture_mime_type=None)
    rewrite(good, lambda document: None)
    assert check_glb(good).faces == 12


@pytest.mark.parametrize(
    "damage", [lambda data: data[:-4], lambda data: data + bytes(4), lambda data: b"", bytes.upper]
)
def test_a_file_that_is_cut_or_of_another_kind_is_refused(good: Path, damage: Callable[[bytes], bytes]) -> None:
    good.write_bytes(damage(good.read_bytes()))
    with pytest.raises(BrokenGlb):
        check_glb(good)


CHANGES: dict[str, Callable[[dict[str, Any]], Any]] = {
    "not glTF 2.0": lambda document: document["asset"].update(version="1.0"),
    "not the binary chunk": lambda document: document["buffers"][0].update(byteLength=10**6),
    "beyond the buffer": lambda document: document["bufferViews"][-1].update(byteLength=10**6),
    "beyond its view": lambda document: document["accessors"][0].update(count=10**6),
    "empty or too narrow": lambda document: document["accessors"][0].update(count=0),
    "A part is missing": lambda document: document["accessors"][0].pop("type"),
    "no triangles": lambda document: document["meshes"].clear(),
    "something else than triangles": lambda document: document["meshes"][0]["primitives"][0].update(mode=1),
    "another length than POSITION": lambda document: document["meshes"][0]["primitives"][0]["attributes"].update(X=0),
    "scene is empty": lambda document: document["scenes"][0].update(nodes=[]),
}


@pytest.mark.parametrize("problem", CHANGES)
def test_a_document_that_does_not_fit_its_data_is_refused(good: Path, problem: str) -> None:
    rewrite(good, CHANGES[problem])
    with pytest.raises(BrokenGlb, match=problem):
        check_glb(good)


@pytest.mark.parametrize(("kind", "value", "problem"), [(5125, b"\xff" * 4, "vertex"), (5126, b"\xff" * 4, "number")])
def test_numbers_that_are_none_are_refused(good: Path, kind: int, value: bytes, problem: str) -> None:
    found: list[int] = []

    def find(document: dict[str, Any]) -> None:
        accessor = next(item for item in document["accessors"] if item["componentType"] == kind)
        found.append(document["bufferViews"][accessor["bufferView"]].get("byteOffset", 0))

    rewrite(good, find)
    data = bytearray(good.read_bytes())
    [size] = struct.unpack_from("<I", data, 12)
    place = 20 + size + 8 + found[0]
    data[place : place + 4] = value
    good.write_bytes(data)
    with pytest.raises(BrokenGlb, match=problem):
        check_glb(good)
