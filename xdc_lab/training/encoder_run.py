"""One training of one encoder as a run folder that resumes after a kill, and the encoder's file (paper 4.1, 6)."""

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from xdc_lab import distributed
from xdc_lab.datasets.failures import last_warnings
from xdc_lab.encoders.encoder import Encoder
from xdc_lab.encoders.weights import save_encoder
from xdc_lab.media.clip_settings import AudioClipSettings, VideoClipSettings
from xdc_lab.media.inputs import describe_inputs
from xdc_lab.runs.checkpoint import load_checkpoint, save_checkpoint
from xdc_lab.runs.execution import Execution
from xdc_lab.runs.folder import RunFolder
from xdc_lab.training.epochs import epoch_hook, write_epochs
from xdc_lab.training.loop import Checkpointing, Task, train
from xdc_lab.training.settings import TrainSettings


def train_in_folder(
    run: RunFolder,
    about: Mapping[str, Any],
    encoder: Encoder,
    task: Task,
    *,
    name: str,
    settings: TrainSettings,
    execution: Execution,
    description: str = "training",
) -> Path:
    """Train one encoder once, on labels or on clusters that are given; write it, the log and the end of run.json.

    Args:
        run: an opened run (`xdc_lab.runs.opening.open_run`).
        about: what its run.json says; the encoder's file takes its id, method and seed.
        encoder: where the training starts; changed in place.
        task: clips and targets.
        name: of the encoder in the folder.
        settings: of the training.
        execution: its seed is that of heads, order and crops.
        description: the progress bar's text.

    Raises:
        TrainingError: if a loss is not finite.
    """
    resume = load_checkpoint(run.checkpoint) if run.checkpoint.is_file() else None
    before = resume[1].pop("wall_seconds") if resume else 0.0
    began = time.monotonic()

    def seconds() -> float:
        return round(before + time.monotonic() - began, 1)

    def save(tensors: dict, state: dict) -> None:
        if distributed.is_main():
            write_epochs(run, [{"encoder": name, **record} for record in state["records"]], hook)
            save_checkpoint(run.checkpoint, tensors, state={**state, "wall_seconds": seconds()})

    with epoch_hook(execution.log, run.curves) as hook:
        train(
            encoder.to(execution.torch_device),
            task,
            settings=settings,
            execution=execution,
            checkpointing=Checkpointing(save, resume=resume),
            description=description,
        )
    if distributed.is_main():
        write_encoder(encoder, run, about, name=name, video=task.dataset.video, audio=task.dataset.audio)
        end = {"status": "finished", "wall_seconds": seconds(), **last_warnings(run, about)}
        run.write_about({**about, **end})
        run.checkpoint.unlink(missing_ok=True)
    distributed.barrier()
    return run.encoder(name)


def write_encoder(
    encoder: Encoder,
    run: RunFolder,
    about: Mapping[str, Any],
    *,
    name: str,
    video: VideoClipSettings,
    audio: AudioClipSettings,
) -> None:
    """Write an encoder to its run, with the run, method and seed that it comes from and the clips that it takes."""
    origin = {"run": about["id"], "method": about["method"]["name"], "encoder": name, "seed": about["seed"]}
    inputs = describe_inputs(encoder.modality, video=video, audio=audio)
    save_encoder(encoder, run.encoder(name), about=origin, inputs=inputs)
