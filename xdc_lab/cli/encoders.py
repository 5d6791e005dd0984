"""Commands for those who use encoders: to share them, and to have features of a collection (paper 3.1, 6)."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from xdc_lab.cli.options import spread

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


@dataclass(frozen=True)
class RowOptions:
    """Which rows a file of features has."""

    every: Annotated[
        float | None, typer.Option(help="seconds from window to window; default: each item's centre clip")
    ] = None
    paired: Annotated[
        bool, typer.Option("--paired", help="leave out what lacks pictures or sound, as the other modality does")
    ] = False
    batch_size: Annotated[int, typer.Option(help="clips per step")] = 64


@spread
def features(
    source: Source,
    data: Annotated[str, typer.Argument(help="a folder of videos, a .csv or .parquet of items, demo, tiny")],
    out: Annotated[Path, typer.Option(help="F.npy, with F.csv of the items beside it; or F.parquet, which has both")],
    rows: RowOptions,
    device: Annotated[str, typer.Option(help="auto takes the GPU where there is one; cpu, cuda")] = "auto",
    workers: Annotated[int, typer.Option(help="processes that decode ahead")] = 0,
    encoder: Name = "video",
) -> None:
    """Write the features of a collection: one row per item, or per window. The same command again goes on."""
    from xdc_lab.datasets.catalogue import load_items
    from xdc_lab.encoders.sources import encoder_file
    from xdc_lab.encoders.weights import describe_encoder
    from xdc_lab.feature_files import FeatureFileSettings, write_feature_file
    from xdc_lab.runs.execution import Execution

    weights = encoder_file(source, encoder=encoder)
    file = write_feature_file(
        weights,
        load_items(data),
        out,
        settings=FeatureFileSettings(rows.every, rows.paired),
        batch_size=rows.batch_size,
        execution=Execution(device=device, workers=workers),
    )
    modality = describe_encoder(weights)["modality"]
    print(file)
    if file.items != file.path:
        print(f"next: xdc-lab explore --items {file.items} --{modality}-features {file.path} --k 32")
