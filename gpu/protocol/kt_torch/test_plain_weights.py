import pytest
import torch

from kt_torch.plain_weights import make_weights_plain


@pytest.mark.filterwarnings("ignore::FutureWarning")
def test_a_layer_computes_the_same_with_one_parameter() -> None:
    torch.manual_seed(0)
    module = torch.nn.Sequential(torch.nn.utils.weight_norm(torch.nn.Conv1d(2, 3, 5)), torch.nn.Conv1d(3, 1, 1))
    sound = torch.randn(1, 2, 50)
    before = module(sound)
    make_weights_plain(module)
    assert sorted(name for name, _ in module.named_parameters()) == ["0.bias", "0.weight", "1.bias", "1.weight"]
    assert torch.equal(module(sound), before)
