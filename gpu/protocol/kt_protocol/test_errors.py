import unittest

from kt_protocol.errors import ModelBroken, is_gpu_broken


def caused(error: Exception, cause: Exception) -> Exception:
    error.__cause__ = cause
    return error


class GpuErrors(unittest.TestCase):
    def test_only_a_failed_kernel_or_card_breaks_the_gpu_for_the_process(self) -> None:
        launch = RuntimeError("CUDA error: unspecified launch failure\nCUDA kernel errors might be reported later")
        self.assertTrue(is_gpu_broken(launch))
        self.assertTrue(is_gpu_broken(RuntimeError("CUDA failed with error an illegal memory access")))
        self.assertTrue(is_gpu_broken(RuntimeError("cuDNN error: CUDNN_STATUS_EXECUTION_FAILED")))
        self.assertTrue(is_gpu_broken(caused(ModelBroken("It can't be loaded."), launch)))
        self.assertFalse(is_gpu_broken(RuntimeError("CUDA error: out of memory")))
        self.assertFalse(is_gpu_broken(RuntimeError("CUDA out of memory. Tried to allocate 2 GiB")))
        self.assertFalse(is_gpu_broken(ValueError("CUDA error")))
        self.assertFalse(is_gpu_broken(RuntimeError("size mismatch")))
        self.assertFalse(is_gpu_broken(ModelBroken("It can't be loaded.")))


if __name__ == "__main__":
    unittest.main()
