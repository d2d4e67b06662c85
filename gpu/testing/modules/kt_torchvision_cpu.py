"""For test environments only: lets the torchvision of PyPI be imported beside a torch without CUDA.

Its C++ part can't be loaded there, and its Python part only wants two operators to be declared. transformers'
processors of pictures need the Python part. `kt_torchvision_cpu.pth` imports this at the start of every Python; it
costs nothing until torchvision is imported, and does nothing beside a torch with CUDA.
"""

import importlib.abc
import importlib.machinery
import sys
from collections.abc import Sequence
from types import ModuleType


class _BeforeTorchvision(importlib.abc.MetaPathFinder):
    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if fullname == "torchvision":
            sys.meta_path.remove(self)
            import torch

            if torch.version.cuda is None:
                self.library = torch.library.Library("torchvision", "DEF")
                for operator in ("nms", "qnms"):
                    self.library.define(f"{operator}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
        # The others find it.
        return None


# The declarations live as long as this object.
BEFORE_TORCHVISION = _BeforeTorchvision()
sys.meta_path.insert(0, BEFORE_TORCHVISION)
