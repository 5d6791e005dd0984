"""Run a network over uniform clips: 10 per test item, 60 for the SVM (paper 4.1, 6)."""

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import nn

from xdc_lab import distributed
from xdc_lab.datasets.clips import ClipDataset
from xdc_lab.datasets.loading import uniform_clips
from xdc_lab.progress import progress_bar
from xdc_lab.runs.execution import Execution


def over_uniform_clips(
    network: nn.Module,
    dataset: ClipDataset,
    rows: Int[np.ndarray, " rows"],
    *,
    clips: int,
    prepare: nn.Module,
    execution: Execution = Execution(),
    description: str = "uniform clips",
) -> Float[np.ndarray, "rows clips dim"]:
    """Run a network over the uniform clips of each row, one centre crop per clip (paper 4.1).

    Processes share the rows; each gets all of the result. What the network gives beyond one axis is flattened.

    Args:
        network: maps a prepared batch to outputs; used in evaluation mode.
        dataset: where the clips come from.
        rows: its items.
        clips: of each item, spread evenly from its beginning to its end.
        prepare: raw batch to encoder input.
        execution: device, workers and progress.
        description: the progress bar's text.
    """
    device, workers = execution.torch_device, execution.workers
    network.eval().to(device)
    prepare.to(device)
    mine = rows[distributed.shard(len(rows))]
    batches = uniform_clips(dataset, mine, clips=clips, workers=workers)
    shown = execution.shows_progress
    bar = progress_bar(batches, shown=shown, total=len(mine), desc=description, unit="item", leave=False)
    outputs = []
    with torch.inference_mode():
        for raw in bar:
            outputs.append(network(prepare(raw.to(device))).flatten(1).float().cpu().numpy())
    gathered = distributed.all_gather_object(np.stack(outputs) if outputs else None)
    return np.concatenate([part for part in gathered if part is not None])


def video_level(clip_probabilities: Float[np.ndarray, "items clips classes"]) -> Float[np.ndarray, "items classes"]:
    """Average the predictions of an item's clips (paper 4.1).

    A classifier's prediction is its distribution over the classes, so the softmax outputs are averaged, not the
    logits: each clip then has the same say, and one that is very sure cannot outvote the others by the size of
    its logits. The paper does not say which.

    >>> video_level(np.array([[[0.6, 0.4], [0.1, 0.9]]])).round(2).tolist()
    [[0.35, 0.65]]
    """
    return clip_probabilities.mean(axis=1)
