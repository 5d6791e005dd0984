"""Commands for those who use encoders: to share them, and to have features of a collection (paper 3.1, 6)."""

from pathlib import Path
from typing import Annotated

import typer

Source = Annotated[
    str,
    typer.Argument(
        help="a run folder, an encoder's .safetensors file, a folder that export wrote, OWNER/NAME of a model hub, "
        "or a released checkpoint"
    ),
]
Name = Annotated[str, typer.Option(help="its name in the run: video, audio, video_1, ...")]


def export(
    source: Source,
    encoder: Name = "video",
    folder: Annotated[Path | None, typer.Option(help="write weights, description and model card into a folder")] = None,
    push: Annotated[str | None, typer.Option(metavar="OWNER/NAME", help="upload such a folder to a model hub")] = None,
    onnx: Annotated[Path | None, typer.Option(help="write an ONNX file that takes raw clips, or waveforms")] = None,
    licence: Annotated[
        str | None,
        typer.Option(help="of the weights, as mit or cc-by-nc-4.0; default: mit where the data are, else unknown"),
    ] = None,
    private: Annotated[bool, typer.Option("--private", help="of a model that --push makes")] = False,
) -> None:
    """Write an encoder for others: a folder with a model card, a model hub's page, an ONNX file."""
    from xdc_lab.errors import SettingError
    from xdc_lab.publishing.onnx_file import export_onnx
    from xdc_lab.publishing.shared_folder import push_to_hub, save_pretrained

    if folder is None and push is None and onnx is None:
        raise SettingError("say what to write: --folder FOLDER, --push OWNER/NAME or --onnx FILE")
    if onnx:
        print(f"ONNX: {export_onnx(source, onnx, encoder=encoder)}")
    if folder:
        print(f"folder: {save_pretrained(source, folder, encoder=encoder, licence=licence, name=push)}")
    if push:
        print(f"pushed: {push_to_hub(folder or source, push, encoder=encoder, licence=licence, private=private)}")
