"""TRELLIS.2's runner in its process, with modules that stand in for the library (see tiny_trellis.py)."""

import inspect
import json
import math
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import trimesh
from PIL import Image, ImageDraw

from glb_check import check_glb
from kt_testing.damaged_weights import lose_a_tensor, mended_after, truncate
from kt_testing.runner_process import RunnerProcess
from tiny_trellis import DINO, MODELS, PUBLISHED, STAND_IN, save_tiny_trellis

TASK = "trellis.generate"
PARAMS = {
    "seed": 7,
    "qualityPreset": "balanced",
    "targetFaceCount": 20_000,
    "textureSize": 256,
    "textureResolution": 512,
    "maxViews": 4,
    "sparseStructureSteps": 3,
    "shapeSteps": 4,
    "textureSteps": 5,
    "meshResolution": 1024,
    "remeshFillHoles": True,
    "remeshFillHolesMaxPerimeter": 0.5,
    "meshClusterConeHalfAngleRad": 55,
    "postprocessPositionEpsilon": 0.0001,
    "postprocessNormalCreaseDeg": 45,
}


def draw_subject(path: Path, background: tuple[int, ...], box: tuple[int, ...] = (20, 20, 70, 60)) -> str:
    picture = Image.new("RGBA" if len(background) == 4 else "RGB", (100, 80), background)
    ImageDraw.Draw(picture).rectangle(box, (160, 40, 40, 255)[: len(background)])
    picture.save(path)
    return str(path)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("trellis")
    save_tiny_trellis(folder)
    return folder


@pytest.fixture(scope="module")
def calls(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the library was called with, a line of JSON each."""
    return tmp_path_factory.mktemp("records") / "calls.jsonl"


@pytest.fixture(scope="module")
def process(calls: Path) -> Iterator[RunnerProcess]:
    with RunnerProcess("gpu/mesh/trellis.py", {"STAND_IN_CALLS": str(calls)}) as process:
        yield process


@pytest.fixture
def runner(process: RunnerProcess, folder: Path, calls: Path) -> RunnerProcess:
    process.load(folder)
    calls.unlink(missing_ok=True)
    return process


@pytest.fixture(scope="module")
def picture(tmp_path_factory: pytest.TempPathFactory) -> str:
    return draw_subject(tmp_path_factory.mktemp("picture") / "subject.png", (255, 255, 255))


def plain(signature: inspect.Signature) -> inspect.Signature:
    """Without types, and without `cls`."""
    parameters = [
        value.replace(annotation=value.empty) for name, value in signature.parameters.items() if name != "cls"
    ]
    floats = [value.replace(default=float(value.default)) for value in parameters if type(value.default) is np.float64]
    changed = {value.name: value for value in floats}
    return inspect.Signature([changed.get(value.name, value) for value in parameters])


def test_what_stands_in_has_the_published_signatures(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(STAND_IN)
    for name, published in PUBLISHED.items():
        module, path = name.split(":")
        found = import_module(module)
        for part in path.split("."):
            found = inspect.getattr_static(found, part)
        found = inspect.signature(getattr(found, "__func__", found))
        assert str(plain(found)) == published, name
    for module in ("trellis2.pipelines", "trellis2", "cumesh", "o_voxel.postprocess", "o_voxel"):
        sys.modules.pop(module)


def test_a_model_is_a_valid_textured_glb_with_a_still(runner: RunnerProcess, picture: str) -> None:
    result = runner.run(TASK, {**PARAMS, "sourceImagePath": picture})
    model, preview = result["outputs"]
    assert model == {"filename": "model.glb", "mimeType": "model/gltf-binary"}
    assert preview == {"filename": "preview.webp", "mimeType": "image/webp", "width": 512, "height": 512}
    facts = check_glb(runner.output_folder / "model.glb")
    assert (facts.faces, facts.texture_mime_type) == (1280, "image/png")
    assert result["metadata"] == {
        "model": "TRELLIS.2",
        "subjectFoundBy": "background",
        "faces": 1280,
        "vertices": facts.vertices,
        "watertight": True,
        "meshResolution": 1024,
        "textureSize": 256,
        "textureMimeType": "image/png",
        "positionEpsilon": 0.0001,
    }
    [mesh] = trimesh.load(runner.output_folder / "model.glb").geometry.values()
    assert mesh.visual.material.baseColorTexture.size == (256, 256)
    assert mesh.visual.material.baseColorTexture.mode == "RGB"
    assert np.allclose(mesh.extents, 1, atol=0.02)
    tree = json.loads((runner.output_folder / "model.glb").read_bytes()[20:].split(b"BIN\x00")[0][:-4])
    assert tree["asset"]["copyright"] == "Made by TRELLIS.2 with Killa Tamata"
    assert "extensionsRequired" not in tree
    still = np.asarray(Image.open(runner.output_folder / "preview.webp"))
    # The sphere in the middle, nothing at the corners.
    assert still[256, 256, 3] == 255 and still[0, 0, 3] == 0
    assert 0.25 < (still[..., 3] > 128).mean() < 0.6


def test_every_knob_arrives_in_the_library(runner: RunnerProcess, picture: str, calls: Path) -> None:
    changes = {"targetFaceCount": 900, "textureSize": 512, "meshClusterConeHalfAngleRad": 30}
    result = runner.run(TASK, {**PARAMS, "sourceImagePath": picture, **changes})
    run, simplify, to_glb = map(json.loads, calls.read_text().splitlines())
    assert run == {
        "call": "run",
        "num_samples": 1,
        "seed": 7,
        "sparse_structure_sampler_params": {
            "steps": 3,
            "guidance_strength": 7.5,
            "guidance_rescale": 0.7,
            "rescale_t": 5.0,
        },
        "shape_slat_sampler_params": {"steps": 4, "guidance_strength": 7.5, "guidance_rescale": 0.5, "rescale_t": 3.0},
        "tex_slat_sampler_params": {"steps": 5, "guidance_strength": 1.0, "guidance_rescale": 0.0, "rescale_t": 3.0},
        "preprocess_image": False,
        "return_latent": False,
        "pipeline_type": "1024_cascade",
        "max_num_tokens": 49_152,
    }
    assert simplify == {"call": "simplify", "target": 16_777_216}
    assert to_glb == {
        "call": "to_glb",
        "aabb": [[-0.5, -0.5, -0.5], [0.5, 0.5, 0.5]],
        "voxel_size": 1 / 1024,
        "decimation_target": 900,
        "texture_size": 512,
        "remesh": True,
        "remesh_band": 1,
        "remesh_project": 0,
        "mesh_cluster_threshold_cone_half_angle_rad": math.radians(30),
        "mesh_cluster_refine_iterations": 0,
        "mesh_cluster_global_iterations": 1,
        "mesh_cluster_smooth_strength": 1,
        "verbose": False,
        "use_tqdm": True,
    }
    assert result["metadata"]["faces"] == 900


@pytest.mark.parametrize(("resolution", "kind"), [(512, "512"), (1024, "1024_cascade"), (1536, "1536_cascade")])
def test_the_resolution_chooses_the_pipeline_and_every_step_is_reported(
    runner: RunnerProcess, picture: str, calls: Path, resolution: int, kind: str
) -> None:
    result = runner.run(TASK, {**PARAMS, "sourceImagePath": picture, "meshResolution": resolution})
    assert json.loads(calls.read_text().splitlines()[0])["pipeline_type"] == kind
    assert result["metadata"]["meshResolution"] == resolution
    shape_steps = 4 if resolution == 512 else 8
    steps = {"structure": 3, "shape": shape_steps, "texture": 5}
    expected = [(stage, step, total) for stage, total in steps.items() for step in range(1, total + 1)]
    expected = [("subject", 1, 1), *expected, *(("export", step, 6) for step in range(7))]
    reports = [(report["stage"], report["step"], report["steps"]) for report in runner.progress]
    assert reports == [*expected, ("write", 1, 1), ("preview", 1, 1)]
    fractions = [report["fraction"] for report in runner.progress]
    assert fractions == sorted(fractions)
    stages = ("subject", "structure", "shape", "texture", "decode", "export", "write", "preview")
    assert all(f"{stage}Seconds" in result["measurements"] for stage in stages)


@pytest.mark.parametrize(
    ("changes", "watertight"),
    [({}, True), ({"remeshFillHoles": False}, False), ({"remeshFillHolesMaxPerimeter": 0.2}, False)],
)
def test_holes_are_filled_as_asked(
    runner: RunnerProcess, picture: str, changes: dict[str, Any], watertight: bool
) -> None:
    # The sphere lacks a triangle with a perimeter of 0.23; by itself the library fills up to 0.03.
    result = runner.run(TASK, {**PARAMS, "sourceImagePath": picture, **changes})
    assert result["metadata"]["watertight"] is watertight
    assert result["metadata"]["faces"] == (1280 if watertight else 1279)


def test_edges_sharper_than_asked_stay_hard(runner: RunnerProcess, picture: str) -> None:
    def vertices(degrees: float) -> int:
        changes = {"postprocessNormalCreaseDeg": degrees}
        return runner.run(TASK, {**PARAMS, "sourceImagePath": picture, **changes})["metadata"]["vertices"]

    assert vertices(45) == 642
    assert vertices(0) == 1280 * 3


def test_transparency_is_the_background_where_there_is_some(runner: RunnerProcess, tmp_path: Path) -> None:
    source = draw_subject(tmp_path / "cut-out.png", (0, 0, 0, 0))
    assert runner.run(TASK, {**PARAMS, "sourceImagePath": source})["metadata"]["subjectFoundBy"] == "alpha"
    opaque = draw_subject(tmp_path / "opaque.png", (255, 255, 255, 255))
    assert runner.run(TASK, {**PARAMS, "sourceImagePath": opaque})["metadata"]["subjectFoundBy"] == "background"


def test_a_picture_without_a_subject_is_the_clients_mistake(runner: RunnerProcess, tmp_path: Path) -> None:
    words = tmp_path / "words.png"
    words.write_text("no picture")
    empty = Image.new("RGBA", (50, 50), (9, 9, 9, 0))
    empty.save(tmp_path / "empty.png")
    Image.new("RGB", (50, 50), "white").save(tmp_path / "white.png")
    for name, problem in {"words": "can't be read", "empty": "transparent", "white": "No subject"}.items():
        failure = runner.failure_of(TASK, {**PARAMS, "sourceImagePath": str(tmp_path / f"{name}.png")})
        assert failure.kind == "invalid_input" and problem in failure.message


def test_the_seed_repeats_a_model_and_another_seed_changes_it(runner: RunnerProcess, picture: str) -> None:
    def make(seed: int) -> list[bytes]:
        runner.run(TASK, {**PARAMS, "sourceImagePath": picture, "seed": seed})
        return [(runner.output_folder / name).read_bytes() for name in ("model.glb", "preview.webp")]

    first = make(1)
    assert make(1) == first and make(2)[0] != first[0]


def test_a_cancel_is_heard_and_the_next_job_runs(runner: RunnerProcess, picture: str) -> None:
    params = {**PARAMS, "sourceImagePath": picture, "textureSteps": 1_000_000}
    runner.cancel_during(TASK, params, "texture")
    # Every part of the library is as it was.
    runner.run(TASK, {**PARAMS, "sourceImagePath": picture})
    assert [report["stage"] for report in runner.progress].count("texture") == 5


def test_too_little_memory_is_told_apart_and_the_next_job_runs(
    runner: RunnerProcess, picture: str, tmp_path: Path
) -> None:
    narrow = draw_subject(tmp_path / "narrow.png", (255, 255, 255), (20, 20, 33, 60))
    assert runner.failure_of(TASK, {**PARAMS, "sourceImagePath": narrow}).kind == "out_of_memory"
    runner.run(TASK, {**PARAMS, "sourceImagePath": picture})


def test_it_is_parked_and_woken_in_both_memory_modes(runner: RunnerProcess, folder: Path, picture: str) -> None:
    # Ten models of a 4 by 4 matrix and 4 numbers, in float32.
    for mode in (None, "offload"):
        assert runner.load(folder, memory_mode=mode)["hostBytes"] == 10 * 20 * 4
        assert runner.request("park")["hostBytes"] == runner.request("wake")["hostBytes"] == 10 * 20 * 4
        runner.run(TASK, {**PARAMS, "sourceImagePath": picture})
    assert runner.request("unload")["hostBytes"] == 0


@pytest.mark.parametrize("file", [MODELS["sparse_structure_decoder"], MODELS["tex_slat_decoder"], f"{DINO}/model"])
def test_broken_weights_are_told_apart_and_good_ones_load_after_them(
    process: RunnerProcess, folder: Path, tmp_path: Path, file: str
) -> None:
    save_tiny_trellis(tmp_path / "bad")
    path = tmp_path / "bad" / f"{file}.safetensors"
    for damage in (truncate, lose_a_tensor, Path.unlink):
        with mended_after(path):
            damage(path)
            assert process.load_failure(tmp_path / "bad").kind == "model_broken"
    process.load(folder)
