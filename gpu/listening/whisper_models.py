"""The Whisper models of a folder, of which one at a time is in memory. CTranslate2 holds the weights, not torch."""

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Final

import ctranslate2
import numpy as np
from faster_whisper import WhisperModel
from kt_protocol import ModelBroken
from kt_protocol.errors import is_out_of_memory
from kt_torch.memory import HeldBytes

# Without a tokenizer.json the library would go and download one.
_FILES: Final = ("config.json", "model.bin", "tokenizer.json")
# In the message of a failure that says nothing about the files: no GPU, no driver, a type that the GPU lacks.
_NOT_THE_FILES: Final = ("CUDA", "cuda", "cublas", "cudnn", "compute type")
# Bytes of a weight; CTranslate2 names its types by that of the weights, then of the rest.
_WEIGHT_BYTES: Final = {"int8": 1, "int16": 2, "float16": 2, "bfloat16": 2, "float32": 4}


class ListeningModel(WhisperModel):
    """faster-whisper's model, which calls `before_window` before it takes in each 30 s of sound; that may raise."""

    before_window: Callable[[], None] | None = None

    def encode(self, features: np.ndarray) -> ctranslate2.StorageView:
        if self.before_window is not None:
            self.before_window()
        return super().encode(features)


class WhisperModels:
    """`folder` has one folder a model, named as `transcriptionModel` names it, in CTranslate2's format."""

    def __init__(self, folder: Path, dtype: str | None) -> None:
        logging.getLogger("faster_whisper").setLevel(logging.ERROR)
        self._folder = folder
        self._dtype = dtype
        self._loaded: tuple[str, str, ListeningModel] | None = None

    def installed(self) -> list[str]:
        """Names of the models whose files are all there."""
        folders = sorted(path for path in self._folder.iterdir() if path.is_dir())
        return [path.name for path in folders if all((path / file).is_file() for file in _FILES)]

    def take(self, name: str, device: str) -> ListeningModel:
        """The model `name` on `device` (`cpu`, `cuda`, `cuda:1` …); another one is given back first.
        Raises `ModelBroken` when its files are damaged."""
        if self._loaded is None or self._loaded[:2] != (name, device):
            self.drop()
            self._loaded = (name, device, self._load(name, device))
        model = self._loaded[2]
        if not model.model.model_is_loaded:
            model.model.load_model()
        return model

    def park(self) -> None:
        """Moves the weights from the GPU to host memory."""
        if self._loaded is not None and self._loaded[1] != "cpu":
            self._loaded[2].model.unload_model(to_cpu=True)

    def wake(self) -> None:
        """Undoes `park`."""
        if self._loaded is not None and not self._loaded[2].model.model_is_loaded:
            self._loaded[2].model.load_model()

    def drop(self) -> None:
        """Gives the memory back, also where a failed job still refers to the model."""
        if self._loaded is not None:
            self._loaded[2].model.unload_model()
        self._loaded = None

    def held(self) -> HeldBytes:
        """By the size of the file, whose weights are 16 bits wide, and the type that they are held in: CTranslate2
        tells nothing."""
        if self._loaded is None:
            return HeldBytes(vram=0, host=0)
        name, device, model = self._loaded
        width = _WEIGHT_BYTES[model.model.compute_type.split("_")[0]]
        size = (self._folder / name / "model.bin").stat().st_size * width // 2
        on_gpu = device != "cpu" and model.model.model_is_loaded
        return HeldBytes(vram=size if on_gpu else 0, host=0 if on_gpu else size)

    def _compute_type(self, kind: str) -> str:
        """No CPU reckons in 16 bits."""
        if kind == "cpu":
            return self._dtype if self._dtype in ("float32", "int8") else "int8"
        return self._dtype or "float16"

    def _load(self, name: str, device: str) -> ListeningModel:
        kind, _, index = device.partition(":")
        try:
            model = ListeningModel(
                str(self._folder / name),
                device=kind,
                device_index=int(index or 0),
                compute_type=self._compute_type(kind),
                cpu_threads=0,
                num_workers=1,
                local_files_only=True,
            )
        except Exception as error:
            # CTranslate2 has RuntimeError for everything, IndexError for missing tensors; tokenizers plain Exception.
            if is_out_of_memory(error) or any(words in str(error) for words in _NOT_THE_FILES):
                raise
            reason = f"The files of Whisper {name} can't be loaded: some are missing or damaged."
            raise ModelBroken(reason) from error
        if model.feature_extractor.mel_filters.shape[0] != model.model.n_mels:
            # large-v3 takes 128 bands instead of 80; the file that says so is optional to the library.
            raise ModelBroken(f"The preprocessor_config.json of Whisper {name} is missing, or another model's.")
        return model
