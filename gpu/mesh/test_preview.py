"""Stills of known shapes."""

import numpy as np
import trimesh
from PIL import Image

from preview import TexturedMesh, render_preview


def draw(mesh: trimesh.Trimesh, texture: Image.Image) -> np.ndarray:
    uv = mesh.vertices[:, :2] + 0.5
    drawn = render_preview(TexturedMesh(mesh.vertices, mesh.vertex_normals, uv, mesh.faces, texture), 128)
    assert drawn.mode == "RGBA"
    return np.asarray(drawn)


def test_it_is_whole_centred_and_lit_from_the_upper_left() -> None:
    still = draw(trimesh.creation.icosphere(subdivisions=3, radius=0.5), Image.new("RGB", (8, 8), (200, 100, 50)))
    rows, columns = np.nonzero(still[..., 3])
    assert abs(rows.mean() - 63.5) < 1 and abs(columns.mean() - 63.5) < 1
    # A sphere of radius 0.5 at 2.6: its tangents are at 0.196 of 0.3.
    assert abs(np.ptp(columns) + 1 - 128 * 0.196 / 0.3) < 3
    assert still[45, 45, 0] > still[82, 82, 0] * 1.2
    # No holes, and the colour of the texture.
    middle = still[40:88, 40:88].astype(float)
    assert (middle[..., 3] == 255).mean() > 0.999
    assert np.allclose(middle[..., 0], middle[..., 1] * 2, atol=6)


def test_what_is_in_front_hides_what_is_behind_and_the_texture_stands_upright() -> None:
    texture = Image.new("RGB", (2, 2), (0, 0, 255))
    texture.putpixel((0, 0), (255, 0, 0))
    texture.putpixel((1, 0), (255, 0, 0))
    still = draw(trimesh.creation.box(extents=(1, 1, 1)), texture)
    # Red above, blue below, on its front.
    assert still[50, 55, 0] > 0 and still[50, 55, 2] == 0
    assert still[85, 55, 2] > 0 and still[85, 55, 0] == 0


def test_of_two_faces_that_look_at_the_camera_the_nearer_one_is_seen() -> None:
    far, near = trimesh.creation.box(extents=(1, 1, 0.1)), trimesh.creation.box(extents=(0.5, 0.5, 0.1))
    near.apply_translation((0, 0, 0.3))
    both = trimesh.util.concatenate([far, near])
    # The far one is red, the near one green.
    uv = np.repeat([[0.25, 0.5], [0.75, 0.5]], 8, axis=0)
    texture = Image.new("RGB", (2, 1), (255, 0, 0))
    texture.putpixel((1, 0), (0, 255, 0))
    mesh = TexturedMesh(both.vertices, both.vertex_normals, uv, both.faces, texture)
    middle = np.asarray(render_preview(mesh, 128))[58:70, 50:62]
    assert middle[..., 1].min() > 0 and middle[..., 0].max() == 0


def test_a_mesh_without_area_is_an_empty_still() -> None:
    flat = trimesh.Trimesh(vertices=np.zeros((3, 3)), faces=[[0, 1, 2]], process=False)
    assert not draw(flat, Image.new("RGB", (2, 2)))[..., 3].any()
