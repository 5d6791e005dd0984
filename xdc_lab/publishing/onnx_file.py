"""An encoder as an ONNX file that takes raw clips or waveforms and gives features (paper 4.1)."""

import importlib
import json
from pathlib import Path

import torch
from torch import nn

from xdc_lab.encoders.sources import encoder_file
from xdc_lab.encoders.weights import KEY, describe_encoder, load_encoder
from xdc_lab.errors import RunError
from xdc_lab.extras import imports_of_an_extra
from xdc_lab.media.inputs import clips_of, model_input
from xdc_lab.runs.folder import whole_file


def export_onnx(source: str | Path, path: str | Path, *, encoder: str = "video") -> Path:
    """Write an encoder with what prepares its input: normalisation of pixels, log-mels of sound.

    The file has one input, `clips`: of a video encoder uint8 [batch 3 frames crop crop], RGB, at the encoder's frame
    rate; of an audio encoder float32 [batch samples], mono, at its sample rate. Its output is `features` [batch dim].
    Any number of clips is a batch. What the encoder's file says of itself is in the metadata, under the same key.

    Args:
        source: as `xdc_lab.encoders.sources.encoder_file` takes it.
        path: the .onnx file, written whole or not at all.
        encoder: its name in a run.

    Raises:
        InstallError: if onnx or onnxscript is not installed.
        RunError: if the source is no encoder, or the file cannot be written.
    """
    with imports_of_an_extra():
        for module in ("onnx", "onnxscript"):
            importlib.import_module(module)
    file, path = encoder_file(source, encoder=encoder), Path(path)
    described = describe_encoder(file)
    modality = described["modality"]
    video, audio = clips_of(modality, described["inputs"])
    network = nn.Sequential(model_input(modality, video=video, audio=audio), load_encoder(file)).eval()
    example = torch.zeros((2, audio.samples))
    if modality == "video":
        example = torch.zeros((2, 3, video.frames, video.crop_px, video.crop_px), dtype=torch.uint8)
    program = torch.onnx.export(
        network,
        (example,),
        dynamo=True,
        dynamic_shapes=({0: torch.export.Dim("batch", min=1)},),
        input_names=["clips"],
        output_names=["features"],
        verbose=False,
    )
    if program is None:  # the type of another exporter's answer
        raise RunError(f"PyTorch made no ONNX program of {file}")
    program.model.metadata_props[KEY] = json.dumps(described)
    with whole_file(path) as partial:
        program.save(partial)
    return path
