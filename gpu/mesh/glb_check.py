"""Checks of a GLB file's structure (glTF 2.0, section 4): what a viewer trips over."""

import json
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

MAGIC: Final = 0x46546C67
JSON_CHUNK: Final = 0x4E4F534A
BINARY_CHUNK: Final = 0x004E4942
TRIANGLES: Final = 4
COMPONENTS: Final = {5120: "<i1", 5121: "<u1", 5122: "<i2", 5123: "<u2", 5125: "<u4", 5126: "<f4"}
WIDTHS: Final = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4, "MAT2": 4, "MAT3": 9, "MAT4": 16}


class BrokenGlb(Exception):
    """The file is no GLB that viewers can show; the message says why."""


@dataclass(frozen=True)
class GlbFacts:
    faces: int
    vertices: int
    # of the first picture, such as image/png; None without a texture
    texture_mime_type: str | None


def check_glb(path: Path) -> GlbFacts:
    """Reads the whole file. Raises `BrokenGlb`."""
    try:
        document, binary = read_chunks(path.read_bytes())
        return check_document(document, binary)
    except (KeyError, IndexError, TypeError, ValueError, struct.error) as error:
        raise BrokenGlb(f"A part is missing or of another kind: {type(error).__name__}: {error}") from error


def read_chunks(data: bytes) -> tuple[dict[str, Any], bytes]:
    magic, version, length = struct.unpack_from("<III", data)
    require(magic == MAGIC and version == 2, "It doesn't begin as a GLB of version 2.")
    require(length == len(data), f"It says that it has {length} bytes, and has {len(data)}.")
    chunks: list[tuple[int, bytes]] = []
    offset = 12
    while offset < length:
        size, kind = struct.unpack_from("<II", data, offset)
        require(size % 4 == 0 and offset + 8 + size <= length, "A chunk reaches beyond its place.")
        chunks.append((kind, data[offset + 8 : offset + 8 + size]))
        offset += 8 + size
    require([kind for kind, _ in chunks] == [JSON_CHUNK, BINARY_CHUNK], "It is not one JSON and one binary chunk.")
    return json.loads(chunks[0][1]), chunks[1][1]


def check_document(document: dict[str, Any], binary: bytes) -> GlbFacts:
    require(document["asset"]["version"] == "2.0", "It is not glTF 2.0.")
    [buffer] = document["buffers"]
    require("uri" not in buffer and 0 <= len(binary) - buffer["byteLength"] < 4, "The buffer is not the binary chunk.")
    for view in document["bufferViews"]:
        require(view["buffer"] == 0 and view.get("byteOffset", 0) >= 0, "A view is of no buffer.")
        end = view.get("byteOffset", 0) + view["byteLength"]
        require(view["byteLength"] > 0 and end <= buffer["byteLength"], "A view reaches beyond the buffer.")
    arrays = [read_accessor(document, accessor, binary) for accessor in document["accessors"]]
    primitives = [primitive for mesh in document["meshes"] for primitive in mesh["primitives"]]
    faces = sum(check_primitive(primitive, arrays) for primitive in primitives)
    require(faces > 0, "It has no triangles.")
    require(bool(document["scenes"][document["scene"]]["nodes"]), "Its scene is empty.")
    images = document.get("images", [])
    for image in images:
        require(0 <= image["bufferView"] < len(document["bufferViews"]), "A picture is of no view.")
    vertices = sum(len(arrays[primitive["attributes"]["POSITION"]]) for primitive in primitives)
    return GlbFacts(faces, vertices, images[0]["mimeType"] if images else None)


def read_accessor(document: dict[str, Any], accessor: dict[str, Any], binary: bytes) -> np.ndarray:
    """[count, width] as a view of the binary chunk."""
    kind, width = np.dtype(COMPONENTS[accessor["componentType"]]), WIDTHS[accessor["type"]]
    view, offset, count = (
        document["bufferViews"][accessor["bufferView"]],
        accessor.get("byteOffset", 0),
        accessor["count"],
    )
    stride = view.get("byteStride", kind.itemsize * width)
    require(count > 0 and offset >= 0 and stride >= kind.itemsize * width, "An accessor is empty or too narrow.")
    end = offset + (count - 1) * stride + kind.itemsize * width
    require(end <= view["byteLength"], "An accessor reaches beyond its view.")
    start = view.get("byteOffset", 0) + offset
    require(start % kind.itemsize == 0, "An accessor is not aligned.")
    return np.ndarray((count, width), kind, binary, start, (stride, kind.itemsize))


def check_primitive(primitive: dict[str, Any], arrays: list[np.ndarray]) -> int:
    """The number of its triangles."""
    require(primitive.get("mode", TRIANGLES) == TRIANGLES, "It has something else than triangles.")
    attributes = {name: arrays[number] for name, number in primitive["attributes"].items()}
    vertices = len(attributes["POSITION"])
    for name, values in attributes.items():
        require(len(values) == vertices, f"{name} has another length than POSITION.")
        require(bool(np.isfinite(values).all()), f"{name} has a number that is none.")
    indices = arrays[primitive["indices"]]
    require(len(indices) % 3 == 0 and int(indices.max()) < vertices, "A triangle has a vertex that is none.")
    return len(indices) // 3


def require(fact: bool, otherwise: str) -> None:
    if not fact:
        raise BrokenGlb(otherwise)
