from o_voxel import postprocess

__all__ = ["postprocess"]
