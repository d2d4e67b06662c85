"""A Beat This! of random weights, saved as its authors publish theirs; for tests."""

from pathlib import Path

import torch
from beat_this.model.beat_tracker import BeatThis

SETTINGS = {"transformer_dim": 64, "n_layers": 1, "stem_dim": 8, "head_dim": 8}


def make_tiny_beat_this(file: Path) -> None:
    """Makes the checkpoint `file`. Lightning keeps settings of the training beside those of the network."""
    torch.manual_seed(0)
    weights = {f"model.{name}": value for name, value in BeatThis(**SETTINGS).state_dict().items()}
    file.parent.mkdir(parents=True, exist_ok=True)
    torch.save({"hyper_parameters": {**SETTINGS, "lr": 0.0008}, "state_dict": weights}, file)
