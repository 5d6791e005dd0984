"""What `torch.hub.load` offers of this repository: encoders with their weights, and networks with random ones."""

dependencies = ["torch", "torchvision", "safetensors", "jaxtyping"]

from xdc_lab.encoders.catalogue import build_encoder as build_encoder  # noqa: E402 - torch.hub reads what is needed first
from xdc_lab.encoders.weights import load_encoder as load_encoder  # noqa: E402
