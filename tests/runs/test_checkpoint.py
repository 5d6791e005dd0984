import resource
from pathlib import Path

import pytest
import torch
from torch import nn

from xdc_lab.errors import RunError
from xdc_lab.runs.checkpoint import load_checkpoint, optimiser_tensors, restore_optimiser, save_checkpoint


def step(layer: nn.Linear, optimiser: torch.optim.Optimizer) -> None:
    optimiser.zero_grad()
    layer(torch.ones(2, 3)).square().sum().backward()
    optimiser.step()


@pytest.mark.parametrize("kind", [torch.optim.AdamW, lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.9)])
def test_an_optimiser_goes_on_with_the_same_bits(tmp_path: Path, kind):
    layer = nn.Linear(3, 2)
    optimiser = kind(layer.parameters())
    step(layer, optimiser)
    saved = {**layer.state_dict(), **optimiser_tensors(optimiser, prefix="optimiser.")}
    save_checkpoint(tmp_path / "c.safetensors", saved, state={"loss": 0.1 + 0.2})
    step(layer, optimiser)

    tensors, state = load_checkpoint(tmp_path / "c.safetensors")
    other = nn.Linear(3, 2)
    other.load_state_dict({name: tensors[name] for name in ("weight", "bias")})
    other_optimiser = kind(other.parameters())
    restore_optimiser(other_optimiser, tensors, prefix="optimiser.")
    step(other, other_optimiser)

    assert state == {"loss": 0.1 + 0.2}
    assert torch.equal(layer.weight, other.weight)
    assert torch.equal(layer.bias, other.bias)


def test_moments_lie_in_memory_as_their_weights_do():
    """A file holds them contiguous, and one fused kernel over weights with the channels last refuses such."""
    weight = nn.Parameter(torch.randn(4, 3, 2, 2).to(memory_format=torch.channels_last))
    first, second = torch.optim.SGD([weight], momentum=0.9), torch.optim.SGD([weight], momentum=0.9)
    weight.sum().backward()
    first.step()
    tensors = {name: tensor.contiguous() for name, tensor in optimiser_tensors(first, prefix="o.").items()}
    restore_optimiser(second, tensors, prefix="o.")
    moment = second.state[weight]["momentum_buffer"]
    assert moment.stride() == weight.stride() != tensors["o.0.momentum_buffer"].stride()
    assert torch.equal(moment, tensors["o.0.momentum_buffer"])


def test_something_else_is_refused(tmp_path: Path):
    path = tmp_path / "c.safetensors"
    path.write_bytes(b"not a checkpoint")
    with pytest.raises(RunError, match="no checkpoint"):
        load_checkpoint(path)
    torch.save({"weight": torch.ones(1)}, path)  # a pickle: never loaded
    with pytest.raises(RunError, match="no checkpoint"):
        load_checkpoint(path)


def test_a_flipped_bit_is_noticed_wherever_it_is(tmp_path: Path):
    path = tmp_path / "c.safetensors"
    save_checkpoint(path, {"weight": torch.arange(40.0), "steps": torch.tensor(3)}, state={"epoch": 2})
    whole = path.read_bytes()
    for place in range(0, len(whole), 3):
        damaged = bytearray(whole)
        damaged[place] ^= 1 << place % 8
        path.write_bytes(damaged)
        with pytest.raises(RunError, match="damaged: it has not the checksum|no checkpoint of this package"):
            load_checkpoint(path)
    path.write_bytes(whole[:-1])
    with pytest.raises(RunError, match=r"cut off; put back a copy, or remove it"):
        load_checkpoint(path)


def test_a_disk_that_fills_up_is_one_line_and_the_last_checkpoint_stays(tmp_path: Path):
    """A limit on a file's size stands for the disk: safetensors has an error of its own for both."""
    path = tmp_path / "c.safetensors"
    save_checkpoint(path, {"weight": torch.zeros(10)}, state={"epoch": 1})
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, before[1]))
    try:
        with pytest.raises(RunError, match="c.safetensors was not written"):
            save_checkpoint(path, {"weight": torch.zeros(10_000)}, state={"epoch": 2})
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert load_checkpoint(path)[1] == {"epoch": 1}
    assert [file.name for file in tmp_path.iterdir()] == [path.name]
