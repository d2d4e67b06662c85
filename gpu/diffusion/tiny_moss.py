"""MOSS-SoundEffect with a few thousand random weights and the modules of `moss_stand_in`, for tests.

OpenMOSS' own code is on no registry, and too much to keep here. What stands in for it has its signatures, names and
file layout (github.com/OpenMOSS/MOSS-TTS at 58b20a0), so that the runner's way through transformers' loading of code,
through the replaced bar and through both formats of sound is the real one; what it computes is not. The prompt
`more than fits` makes it ask for 40 TB.
"""

import json
import shutil
import sys
from pathlib import Path
from typing import Any, Final

import torch
from safetensors.torch import save_file
from transformers import AutoConfig, AutoModel

from moss_v2 import audiotools_standing_in
from tiny_ace_step import tiny_tokenizer

STAND_IN: Final = Path(__file__).parent / "moss_stand_in"
# Where the v2 package is imported from.
V2_PATH: Final = str(STAND_IN / "v2")

V1_CODE: Final = {
    "AutoConfig": "configuration_moss_tts.MossTTSDelayConfig",
    "AutoModel": "modeling_moss_tts.MossTTSDelayModel",
}
CODEC_CODE: Final = {"AutoConfig": "modeling_codec.CodecConfig", "AutoModel": "modeling_codec.Codec"}


def save_tiny_moss_v1(folder: Path) -> None:
    """Writes weights with their code, and the codec in `codec`, as they lie on the hub."""
    torch.manual_seed(0)
    shutil.copytree(STAND_IN / "v1", folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__"))
    tiny_tokenizer().save_pretrained(folder)
    save_with_code(folder, {"model_type": "moss_tts_delay", "auto_map": V1_CODE})
    save_with_code(folder / "codec", {"model_type": "moss_audio_tokenizer", "auto_map": CODEC_CODE})


def save_with_code(folder: Path, config: dict[str, Any]) -> None:
    (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")
    loaded = AutoConfig.from_pretrained(folder, trust_remote_code=True)
    model = AutoModel.from_config(loaded, trust_remote_code=True)
    save_file(model.state_dict(), folder / "model.safetensors", {"format": "pt"})


def save_tiny_moss_v2(folder: Path) -> None:
    """Writes the folder of a pipeline, as it lies on the hub."""
    torch.manual_seed(0)
    if V2_PATH not in sys.path:
        sys.path.insert(0, V2_PATH)
    with audiotools_standing_in():
        import moss_soundeffect_v2 as package
    engine = package.Engine(package.DAC())
    for part in ("text_encoder", "transformer", "vae"):
        (folder / part).mkdir(parents=True, exist_ok=True)
    index = {"_class_name": "MossSoundEffectPipeline", "sample_rate": 48_000, "max_inference_seconds": 30}
    (folder / "model_index.json").write_text(json.dumps(index), encoding="utf-8")
    save_file(engine.text_encoder.state_dict(), folder / "text_encoder" / "model.safetensors")
    save_file(engine.dit.state_dict(), folder / "transformer" / "diffusion_pytorch_model.safetensors")
    codec = {"state_dict": engine.vae.state_dict(), "metadata": {"kwargs": {"hop": package.HOP, "gone": 1}}}
    torch.save(codec, folder / "vae" / "vae_128d_48k.pth")
