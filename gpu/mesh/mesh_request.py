"""What a job of `trellis.generate` asks for, in the words of TRELLIS.2.

The model has no use for `maxViews` (it takes one picture) and `textureResolution` (the texture is sampled at the mesh's
resolution); the manifest names them as unused.
"""

import math
from collections.abc import Mapping
from typing import Any, Final

# The cascades begin at 512 and refine; 1024 without one needs more memory and is no better (the library's own choice).
PIPELINE_TYPES: Final = {512: "512", 1024: "1024_cascade", 1536: "1536_cascade"}
# Sampling shapes runs once, in a cascade a second time, at the higher resolution.
SHAPE_ROUNDS: Final = {512: 1, 1024: 2, 1536: 2}

# The library's demo (app.py). What is not here, such as the guidance's interval, pipeline.json has beside the weights.
STRUCTURE_GUIDANCE: Final = {"guidance_strength": 7.5, "guidance_rescale": 0.7, "rescale_t": 5.0}
SHAPE_GUIDANCE: Final = {"guidance_strength": 7.5, "guidance_rescale": 0.5, "rescale_t": 3.0}
TEXTURE_GUIDANCE: Final = {"guidance_strength": 1.0, "guidance_rescale": 0.0, "rescale_t": 3.0}

# Of the library's decoder: the model lies in a cube of side 1 around the origin.
BOUNDS: Final = [[-0.5, -0.5, -0.5], [0.5, 0.5, 0.5]]
# What the rasteriser of the texture takes at most, in triangles.
RASTER_FACES_MAX: Final = 16_777_216


def sampling_arguments(params: Mapping[str, Any]) -> dict[str, Any]:
    """Of `Trellis2ImageTo3DPipeline.run`, without the picture."""
    return {
        "num_samples": 1,
        "seed": params["seed"],
        "sparse_structure_sampler_params": {"steps": params["sparseStructureSteps"], **STRUCTURE_GUIDANCE},
        "shape_slat_sampler_params": {"steps": params["shapeSteps"], **SHAPE_GUIDANCE},
        "tex_slat_sampler_params": {"steps": params["textureSteps"], **TEXTURE_GUIDANCE},
        # Done before, to tell a picture without a subject.
        "preprocess_image": False,
        "return_latent": False,
        "pipeline_type": PIPELINE_TYPES[params["meshResolution"]],
        "max_num_tokens": 49_152,
    }


def sampling_steps(params: Mapping[str, Any]) -> dict[str, int]:
    """How many steps each sampler of the pipeline will take."""
    return {
        "sparse_structure_sampler": params["sparseStructureSteps"],
        "shape_slat_sampler": params["shapeSteps"] * SHAPE_ROUNDS[params["meshResolution"]],
        "tex_slat_sampler": params["textureSteps"],
    }


def export_arguments(params: Mapping[str, Any]) -> dict[str, Any]:
    """Of `o_voxel.postprocess.to_glb`, without what the mesh itself has."""
    return {
        "aabb": BOUNDS,
        "grid_size": None,
        # Of faces, whatever its own documentation says: CuMesh simplifies until there are no more.
        "decimation_target": params["targetFaceCount"],
        "texture_size": params["textureSize"],
        "remesh": True,
        "remesh_band": 1,
        "remesh_project": 0,
        # Degrees in spite of its name, as with the reference.
        "mesh_cluster_threshold_cone_half_angle_rad": math.radians(params["meshClusterConeHalfAngleRad"]),
        "mesh_cluster_refine_iterations": 0,
        "mesh_cluster_global_iterations": 1,
        "mesh_cluster_smooth_strength": 1,
        "verbose": False,
        # Its six steps are reported in place of a bar.
        "use_tqdm": True,
    }
