"""Weights that a layer keeps as length and direction (torch's older `weight_norm`), multiplied out."""

import torch


def make_weights_plain(module: torch.nn.Module) -> None:
    """The same numbers as one parameter each: what `weight_norm` makes of its two at every call is none, so that it
    would stay on the GPU when the model is parked."""
    for layer in module.modules():
        if hasattr(layer, "weight_g"):
            torch.nn.utils.remove_weight_norm(layer)
