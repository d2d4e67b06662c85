"""A still of a textured mesh, drawn without a GPU: samples of what faces the camera, the nearest one of each pixel."""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from PIL import Image

# As the embedded engine's still: a little from the left and from above; in units of the mesh, whose longest side is 1.
YAW_DEGREES: Final = -28.0
PITCH_DEGREES: Final = 14.0
CAMERA_DISTANCE: Final = 2.6
HALF_VIEW_TANGENT: Final = 0.3
# From the upper left, in camera space.
LIGHT: Final = np.array([-0.4, 0.55, 0.75]) / math.sqrt(0.4**2 + 0.55**2 + 0.75**2)
AMBIENT: Final = 0.45
OVERSAMPLING: Final = 2
ROUNDS: Final = 2
SAMPLES_PER_ROUND: Final = 1_000_000


@dataclass(frozen=True)
class TexturedMesh:
    """Y is up, and the front looks along +Z, as in glTF."""

    vertices: np.ndarray  # [v, 3]
    normals: np.ndarray  # [v, 3], unit length
    uv: np.ndarray  # [v, 2], from the lower left
    faces: np.ndarray  # [f, 3]
    texture: Image.Image


def render_preview(mesh: TexturedMesh, side: int) -> Image.Image:
    """RGBA on a transparent ground, `side` pixels square. The same mesh gives the same picture."""
    drawn = side * OVERSAMPLING
    colours, depths = np.zeros((drawn * drawn, 4), np.uint8), np.full(drawn * drawn, np.inf)
    texture = np.asarray(mesh.texture.convert("RGB"))
    turn = rotation()
    low, high = mesh.vertices.min(axis=0), mesh.vertices.max(axis=0)
    vertices = (mesh.vertices - (low + high) / 2) / max(float((high - low).max()), 1e-12) @ turn.T
    normals = mesh.normals @ turn.T
    areas = np.cumsum(seen_areas(vertices, mesh.faces))
    chance = np.random.default_rng(0)
    for _ in range(ROUNDS if areas[-1] > 0 else 0):
        corners, weights = sample_faces(mesh.faces, areas, SAMPLES_PER_ROUND, chance)
        across, distances = project(np.einsum("sc,scx->sx", weights, vertices[corners]))
        columns, rows = ((across * [1, -1] + 1) / 2 * drawn).astype(np.int64).T
        seen = np.flatnonzero((columns >= 0) & (columns < drawn) & (rows >= 0) & (rows < drawn))
        pixels = rows[seen] * drawn + columns[seen]
        # The nearest of a pixel is the last one written.
        order = np.argsort(-distances[seen], kind="stable")
        nearest = np.full(drawn * drawn, -1)
        nearest[pixels[order]] = seen[order]
        found = np.flatnonzero(nearest >= 0)
        found = found[distances[nearest[found]] < depths[found]]
        chosen = nearest[found]
        depths[found] = distances[chosen]
        colours[found] = shade(corners[chosen], weights[chosen], normals, mesh.uv, texture)
    picture = Image.fromarray(close_pinholes(colours.reshape(drawn, drawn, 4)), "RGBA")
    return picture.resize((side, side), Image.Resampling.BOX)


def project(places: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Where places [n, 3] in camera space are seen [n, 2], -1 to 1 across the picture; and how far away [n]."""
    distances = CAMERA_DISTANCE - places[:, 2]
    return places[:, :2] / (distances[:, None] * HALF_VIEW_TANGENT), distances


def seen_areas(vertices: np.ndarray, faces: np.ndarray) -> np.ndarray:
    """How large each face is in the picture [f]; 0 for one that is seen from behind, which viewers don't draw."""
    a, b, c = (project(vertices)[0][faces[:, corner]] for corner in range(3))
    return np.maximum(0, (b - a)[:, 0] * (c - a)[:, 1] - (b - a)[:, 1] * (c - a)[:, 0])


def sample_faces(
    faces: np.ndarray, areas: np.ndarray, count: int, chance: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """`count` places, evenly by `areas` (summed up): the vertices around each [n, 3], and their weights [n, 3]."""
    targets = (np.arange(count) + chance.random(count)) / count * areas[-1]
    chosen = np.minimum(np.searchsorted(areas, targets, side="right"), len(faces) - 1)
    root, share = np.sqrt(chance.random(count)), chance.random(count)
    return faces[chosen], np.stack([1 - root, root * (1 - share), root * share], axis=1)


def shade(
    corners: np.ndarray, weights: np.ndarray, normals: np.ndarray, uv: np.ndarray, texture: np.ndarray
) -> np.ndarray:
    """Opaque colours [n, 4] of the samples."""
    height, width, _ = texture.shape
    place = np.einsum("sc,scx->sx", weights, uv[corners])
    columns = np.clip((place[:, 0] * width).astype(np.int64), 0, width - 1)
    rows = np.clip(((1 - place[:, 1]) * height).astype(np.int64), 0, height - 1)
    normal = np.einsum("sc,scx->sx", weights, normals[corners])
    light = AMBIENT + (1 - AMBIENT) * np.clip(normal @ LIGHT, 0, 1)
    lit = np.clip(texture[rows, columns] * light[:, None], 0, 255).astype(np.uint8)
    return np.concatenate([lit, np.full((len(lit), 1), 255, np.uint8)], axis=1)


def close_pinholes(colours: np.ndarray) -> np.ndarray:
    """Gives a pixel that no sample met, between two that were met, the colour of the one before it."""
    for turned in (colours, colours.transpose(1, 0, 2)):
        missed = (turned[:, 1:-1, 3] == 0) & (turned[:, :-2, 3] > 0) & (turned[:, 2:, 3] > 0)
        turned[:, 1:-1][missed] = turned[:, :-2][missed]
    return colours


def rotation() -> np.ndarray:
    yaw, pitch = math.radians(YAW_DEGREES), math.radians(PITCH_DEGREES)
    around_y = [[math.cos(yaw), 0, math.sin(yaw)], [0, 1, 0], [-math.sin(yaw), 0, math.cos(yaw)]]
    around_x = [[1, 0, 0], [0, math.cos(pitch), -math.sin(pitch)], [0, math.sin(pitch), math.cos(pitch)]]
    return np.array(around_x) @ np.array(around_y)
