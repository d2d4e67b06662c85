"""Normals of a mesh: smooth across its surface, hard at its creases."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class DressedMesh:
    """Triangles whose corners have normals; a vertex at a crease is there once for each side."""

    # int64 [vertices]: which vertex of the plain mesh each one was
    sources: np.ndarray
    # float32 [vertices, 3], unit length
    normals: np.ndarray
    # int64 [faces, 3]
    faces: np.ndarray


def crease_normals(
    vertices: np.ndarray, faces: np.ndarray, crease_degrees: float, position_epsilon: float
) -> DressedMesh:
    """Splits `vertices` [v, 3] of `faces` [f, 3] at the edges where two faces meet at more than `crease_degrees`.

    Positions in one cell of a grid, `position_epsilon` wide, count as one: seams of the texture are no creases.
    A normal is the mean of its faces, weighted by their angles at the corner.
    """
    places = number_places(vertices, position_epsilon)
    face_normals, angles = face_geometry(vertices[faces])
    groups = smooth_groups(places[faces], face_normals, np.cos(np.radians(min(180.0, crease_degrees))) - 1e-6)
    weighted = (face_normals[:, None, :] * angles[:, :, None]).reshape(-1, 3)
    sums = np.stack([np.bincount(groups, weighted[:, axis], minlength=groups.size) for axis in range(3)], axis=1)
    corner_normals = unit(sums[groups], np.repeat(face_normals, 3, axis=0))
    # A corner is told by its vertex (which has the texture's place) and its group.
    keys = faces.reshape(-1).astype(np.int64) * groups.size + groups
    _, first, corners = np.unique(keys, return_index=True, return_inverse=True)
    return DressedMesh(
        sources=faces.reshape(-1)[first].astype(np.int64),
        normals=corner_normals[first].astype(np.float32),
        faces=corners.reshape(-1, 3),
    )


def is_closed(vertices: np.ndarray, faces: np.ndarray) -> bool:
    """Whether each edge has two faces; the seams of the texture are no gaps."""
    corners = number_places(vertices, position_epsilon=1e-9)[faces]
    edges = edge_keys(corners, np.roll(corners, -1, axis=1))
    return bool((np.unique(edges, return_counts=True)[1] == 2).all())


def edge_keys(here: np.ndarray, ahead: np.ndarray) -> np.ndarray:
    """int64 [n]: a number for each pair of places, the same both ways round."""
    low, high = np.minimum(here, ahead).reshape(-1), np.maximum(here, ahead).reshape(-1)
    return low.astype(np.int64) * (int(high.max()) + 1) + high


def number_places(vertices: np.ndarray, position_epsilon: float) -> np.ndarray:
    """int64 [v]: the same number for the same place."""
    cells = np.round(vertices.astype(np.float64).T / max(position_epsilon, 1e-9)).astype(np.int64)
    # As np.unique does it, which takes several times as long for rows of three.
    order = np.lexsort(cells)
    differs = (np.diff(cells[:, order]) != 0).any(axis=0)
    places = np.empty(len(vertices), np.int64)
    places[order] = np.concatenate([[0], np.cumsum(differs)])
    return places


def face_geometry(corners: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Unit normals [f, 3] and the angles at the corners [f, 3], in radians; of `corners` [f, 3, 3]."""
    corners = corners.astype(np.float64)
    ahead = np.roll(corners, -1, axis=1) - corners
    behind = np.roll(corners, 1, axis=1) - corners
    lengths = np.linalg.norm(ahead, axis=2) * np.linalg.norm(behind, axis=2)
    cosines = np.einsum("fcx,fcx->fc", ahead, behind) / np.maximum(lengths, 1e-24)
    normals = np.cross(ahead[:, 0], behind[:, 0])
    # A face without area has no say.
    up = np.broadcast_to(np.array([0.0, 0.0, 1.0]), normals.shape)
    return unit(normals, up), np.where(lengths > 1e-24, np.arccos(np.clip(cosines, -1, 1)), 0.0)


def smooth_groups(places: np.ndarray, face_normals: np.ndarray, cosine_min: float) -> np.ndarray:
    """int64 [3 f]: corners with the same number share their normal; `places` [f, 3] is where they are."""
    count = places.size
    here = np.arange(count).reshape(-1, 3)
    ahead = np.roll(here, -1, axis=1)
    flat = places.reshape(-1)
    edges = edge_keys(flat[here], flat[ahead])
    # Edges of one pair of places lie side by side in this order.
    order = np.argsort(edges, kind="stable")
    together = edges[order[1:]] == edges[order[:-1]]
    one, other = order[:-1][together], order[1:][together]
    smooth = np.einsum("ex,ex->e", face_normals[one // 3], face_normals[other // 3]) >= cosine_min
    one, other = one[smooth], other[smooth]
    starts, ends = here.reshape(-1), ahead.reshape(-1)
    # Two faces may run along their edge the same way, where a mesh is turned inside out.
    same_way = flat[starts[one]] == flat[starts[other]]
    joined_start = np.where(same_way, starts[other], ends[other])
    joined_end = np.where(same_way, ends[other], starts[other])
    left = np.concatenate([starts[one], ends[one]])
    right = np.concatenate([joined_start, joined_end])
    return connected(count, left, right)


def connected(count: int, left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """The smallest member of each of `count` elements' component; `left` and `right` are joined in pairs."""
    labels = np.arange(count)
    while True:
        smaller = np.minimum(labels[left], labels[right])
        before = labels.copy()
        np.minimum.at(labels, left, smaller)
        np.minimum.at(labels, right, smaller)
        labels = labels[labels]
        if np.array_equal(labels, before):
            return labels


def unit(vectors: np.ndarray, otherwise: np.ndarray) -> np.ndarray:
    """`vectors` [n, 3] at length 1, and `otherwise` for one without a direction."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.where(lengths > 1e-12, vectors / np.maximum(lengths, 1e-12), otherwise)
