"""Normals of known shapes."""

import numpy as np
import pytest
import trimesh

from crease_normals import crease_normals, is_closed


def test_a_cube_has_flat_sides_where_its_edges_are_creases() -> None:
    cube = trimesh.creation.box()
    dressed = crease_normals(cube.vertices, cube.faces, crease_degrees=45, position_epsilon=1e-5)
    assert len(dressed.sources) == 24
    # Each corner's normal is that of its face.
    corner_normals = dressed.normals[dressed.faces]
    assert np.allclose(corner_normals, cube.face_normals[:, None, :], atol=1e-6)
    assert np.array_equal(dressed.sources[dressed.faces], cube.faces)


def test_a_cube_is_rounded_where_its_edges_are_none() -> None:
    cube = trimesh.creation.box()
    dressed = crease_normals(cube.vertices, cube.faces, crease_degrees=120, position_epsilon=1e-5)
    assert len(dressed.sources) == 8
    # By angles, and not by triangles: of each side one or two meet at a corner.
    outward = cube.vertices[dressed.sources] / np.linalg.norm(cube.vertices[dressed.sources], axis=1, keepdims=True)
    assert np.allclose(dressed.normals, outward, atol=1e-6)


def test_the_seam_of_a_texture_is_no_crease() -> None:
    sphere = trimesh.creation.icosphere(subdivisions=2)
    apart = sphere.vertices[sphere.faces].reshape(-1, 3)
    dressed = crease_normals(apart, np.arange(len(apart)).reshape(-1, 3), crease_degrees=45, position_epsilon=1e-4)
    # Every vertex stays for its place in the texture, and looks outward as if there were one.
    assert len(dressed.sources) == len(apart)
    assert np.allclose(dressed.normals, apart[dressed.sources], atol=0.02)


@pytest.mark.parametrize(("epsilon", "joined"), [(0.01, True), (1e-6, False)])
def test_places_nearer_than_the_epsilon_are_one(epsilon: float, joined: bool) -> None:
    vertices = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0], [1e-4, 0, 0], [1e-4, 1, 0], [-1, 0, 0.3]])
    faces = np.array([[0, 1, 2], [3, 4, 5]])
    dressed = crease_normals(vertices, faces, crease_degrees=90, position_epsilon=epsilon)
    [first, *_], [other, *_] = dressed.normals[dressed.faces]
    assert np.allclose(first, other) is joined


def test_a_face_without_area_changes_nothing() -> None:
    vertices = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0]])
    dressed = crease_normals(vertices, np.array([[0, 1, 2], [0, 1, 1]]), crease_degrees=45, position_epsilon=1e-4)
    assert np.isfinite(dressed.normals).all()
    assert np.allclose(dressed.normals[dressed.faces[0]], [0, 0, 1])


def test_closed_is_what_has_two_faces_at_each_edge() -> None:
    sphere = trimesh.creation.icosphere(subdivisions=1)
    apart = sphere.vertices[sphere.faces].reshape(-1, 3)
    faces = np.arange(len(apart)).reshape(-1, 3)
    assert is_closed(apart, faces)
    assert not is_closed(apart, faces[1:])
