"""RIFE's network with narrow blocks and random weights, for tests."""

from pathlib import Path

import torch

from rife import Rife

WIDTHS = (8, 8, 8, 8, 8)


def save_tiny_rife(path: Path, prefix: str = "module.") -> Rife:
    """Writes a `flownet.pkl` like the published one, and answers the network that it holds."""
    torch.manual_seed(0)
    network = Rife(WIDTHS).eval().requires_grad_(False)
    path.parent.mkdir(parents=True, exist_ok=True)
    torch.save({prefix + name: value for name, value in network.state_dict().items()}, path)
    return network
