"""Loading weights from a folder, and telling broken ones from a bug."""

import pickle
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from kt_protocol import LoadTarget, ModelBroken, OutOfMemory
from kt_protocol.errors import is_out_of_memory

# In a RuntimeError: torch for weights of another model, torch.load and safetensors for damaged files.
BROKEN_WORDS: Final = ("Error(s) in loading state_dict", "size mismatch", "PytorchStreamReader", "deserializing header")


def load_whole(cls: Any, folder: Path, **kwargs: Any) -> Any:
    """`cls.from_pretrained(folder, **kwargs)` without a network, for a diffusers or transformers model class.

    Raises `ModelBroken` when the files lack a tensor of the model: the libraries fill it with noise and go on.
    """
    model, info = cls.from_pretrained(str(folder), local_files_only=True, output_loading_info=True, **kwargs)
    # A set or list of names; mismatched keys carry their shapes.
    missing = [*info["missing_keys"], *info.get("mismatched_keys", ())]
    if missing:
        raise ModelBroken(f"The files of {cls.__name__} lack {len(missing)} tensors, such as {missing[0]}.")
    return model


def folder_of(target: LoadTarget) -> Path:
    """The folder with the model's files. Raises `ModelBroken` when there is none."""
    if target.model_folder is None or not target.model_folder.is_dir():
        raise ModelBroken(f"The files of {target.model} are not installed.")
    return target.model_folder


@contextmanager
def failures_told_apart() -> Iterator[None]:
    """Around loading: raises `OutOfMemory` and `ModelBroken` for what the libraries raise; a bug stays what it is."""
    try:
        yield
    except Exception as error:
        if is_out_of_memory(error):
            raise OutOfMemory("There is too little memory to load the model.") from error
        if weights_are_broken(error):
            raise ModelBroken("The model's files can't be loaded: some are missing or damaged.") from error
        raise


def weights_are_broken(error: BaseException) -> bool:
    """Whether an error from loading says that files are missing, damaged, or another model's."""
    # Bad JSON is a ValueError.
    if isinstance(error, (OSError, ValueError, EOFError, pickle.UnpicklingError, zipfile.BadZipFile)):
        return True
    # safetensors' own error derives from Exception alone.
    if type(error).__name__ == "SafetensorError":
        return True
    return isinstance(error, RuntimeError) and any(words in str(error) for words in BROKEN_WORDS)
