"""Extract the features of all items into a memory-mapped file; row i is item i (paper 3.1, F = {E(x)})."""

import os
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Float
from torch import nn

from xdc_lab import distributed
from xdc_lab.datasets.clips import ClipDataset
from xdc_lab.datasets.loading import centre_keys, load_batches
from xdc_lab.encoders.encoder import Encoder
from xdc_lab.errors import ClusteringError
from xdc_lab.progress import progress_bar
from xdc_lab.runs.execution import Execution
from xdc_lab.runs.folder import reserve_blocks, unwritten_said


def extract_features(
    encoder: Encoder,
    dataset: ClipDataset,
    path: Path,
    *,
    prepare: nn.Module,
    batch_size: int = 64,
    execution: Execution = Execution(),
) -> Float[np.ndarray, "items dim"]:
    """Write the features of every item's centre clip to `path` and return them memory-mapped (paper 3.1).

    Each process fills its own rows of one file, so the memory used does not grow with the number of items. The
    encoder is used in evaluation mode and left in the mode it came in. An item whose centre clip cannot be read has the
    features of another draw of itself, or else of another item (`ClipDataset.draw`): row i stays item i, no row is an
    outlier that a cluster could form around, and a training never draws what cannot be read.

    Args:
        encoder: maps prepared clips to features.
        dataset: the clips; row i of the result is its item i.
        path: the .npy file to write, whole or not at all.
        prepare: raw batch to encoder input (`xdc_lab.media.inputs.model_input`).
        batch_size: clips per step.
        execution: device, workers and progress.

    Raises:
        ClusteringError: if features are not finite, naming the first item.
        RunError: if the disk has no room for them.
        TrainingError: if more files cannot be read than may.
    """
    partial = path.with_name(f".{path.name}.partial.npy")
    if distributed.is_main():
        shape = (len(dataset), encoder.feature_dim)
        with unwritten_said(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            np.lib.format.open_memmap(partial, mode="w+", dtype=np.float32, shape=shape).flush()
        reserve_blocks(partial)
    distributed.barrier()
    _fill(encoder, dataset, partial, prepare, batch_size, execution)
    distributed.barrier()
    if distributed.is_main():
        os.replace(partial, path)
    distributed.barrier()
    return np.load(path, mmap_mode="r")


def _fill(
    encoder: Encoder, dataset: ClipDataset, partial: Path, prepare: nn.Module, batch_size: int, execution: Execution
) -> None:
    """Compute this process's rows."""
    features = np.lib.format.open_memmap(partial, mode="r+")
    rows = range(len(dataset))[distributed.shard(len(dataset))]
    batches, device = centre_keys(rows, batch_size=batch_size), execution.torch_device
    was_training = encoder.training
    encoder.eval().to(device)
    prepare.to(device)
    show = progress_bar(
        total=len(rows), desc=f"features: {encoder.modality}", unit="clip", leave=False, shown=execution.shows_progress
    )
    with torch.inference_mode(), show:
        for keys, raw in zip(
            batches, load_batches(dataset, batches, device=device, workers=execution.workers), strict=True
        ):
            first = keys[0].index
            features[first : first + len(keys)] = found = encoder(prepare(raw)).float().cpu().numpy()
            _demand_finite(found, dataset, first)
            show.update(len(keys))
    features.flush()
    encoder.train(was_training)


def _demand_finite(features: np.ndarray, dataset: ClipDataset, first: int) -> None:
    wrong = np.flatnonzero(~np.isfinite(features).all(axis=1))
    if len(wrong):
        row = first + int(wrong[0])
        raise ClusteringError(
            f"the features of {dataset.spans[row].path} (item {row}) hold NaN or infinity, as those of {len(wrong)} of "
            f"{len(features)} clips of its batch: where all do, the encoder has diverged (try a lower learning rate); "
            "else look at the file (xdc-lab check), or take it out of the collection"
        )
