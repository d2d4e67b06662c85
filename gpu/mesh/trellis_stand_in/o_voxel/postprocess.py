"""Stands in for o_voxel.postprocess (github.com/microsoft/TRELLIS.2 at 5565d24): the published signature and the same
kind of result, a `trimesh.Trimesh` with a texture. Its arguments are kept in the file that STAND_IN_CALLS names."""

import json
import os
from pathlib import Path
from typing import Any

import cumesh
import numpy as np
import torch
import trimesh
from PIL import Image
from tqdm import tqdm


def to_glb(
    vertices: torch.Tensor,
    faces: torch.Tensor,
    attr_volume: torch.Tensor,
    coords: torch.Tensor,
    attr_layout: dict[str, slice],
    aabb: Any,
    voxel_size: Any = None,
    grid_size: Any = None,
    decimation_target: int = 1000000,
    texture_size: int = 2048,
    remesh: bool = False,
    remesh_band: float = 1,
    remesh_project: float = 0.9,
    mesh_cluster_threshold_cone_half_angle_rad: float = np.radians(90.0),
    mesh_cluster_refine_iterations: int = 0,
    mesh_cluster_global_iterations: int = 1,
    mesh_cluster_smooth_strength: float = 1,
    verbose: bool = False,
    use_tqdm: bool = False,
) -> trimesh.Trimesh:
    record("to_glb", {name: value for name, value in locals().items() if isinstance(value, (bool, int, float, list))})
    if use_tqdm:
        bar = tqdm(total=6, desc="Extracting GLB")
    mesh = cumesh.CuMesh()
    mesh.init(vertices, faces)
    mesh.fill_holes(max_hole_perimeter=3e-2)
    mesh.simplify(decimation_target, verbose=verbose)
    for _ in range(6 if use_tqdm else 0):
        bar.set_description("Working")
        bar.update(1)
    vertices, faces = (part.numpy() for part in mesh.read())
    faces = faces[: decimation_target if decimation_target < len(faces) else None]
    colour = (attr_volume[:, attr_layout["base_color"]].mean(0).clamp(0, 1) * 255).byte().tolist()
    material = trimesh.visual.material.PBRMaterial(
        baseColorTexture=Image.new("RGBA", (texture_size, texture_size), (*colour, 255)),
        baseColorFactor=np.array([255, 255, 255, 255], dtype=np.uint8),
        metallicRoughnessTexture=Image.new("RGB", (texture_size, texture_size), (0, 200, 0)),
        metallicFactor=1.0,
        roughnessFactor=1.0,
        alphaMode="OPAQUE",
        doubleSided=not remesh,
    )
    uv = np.stack([np.arctan2(vertices[:, 1], vertices[:, 0]) / 6.2832 + 0.5, vertices[:, 2] + 0.5], axis=1)
    turned = np.stack([vertices[:, 0], vertices[:, 2], -vertices[:, 1]], axis=1)
    if use_tqdm:
        bar.close()
    return trimesh.Trimesh(
        vertices=turned,
        faces=faces,
        vertex_normals=turned / np.linalg.norm(turned, axis=1, keepdims=True),
        process=False,
        visual=trimesh.visual.TextureVisuals(uv=uv, material=material),
    )


def record(name: str, values: dict[str, Any]) -> None:
    if path := os.environ.get("STAND_IN_CALLS"):
        with Path(path).open("a", encoding="utf-8") as file:
            file.write(json.dumps({"call": name, **values}) + "\n")
