"""Train an encoder with fresh heads on integer targets, with a record per epoch; resumes in mid-epoch (paper 3.1)."""

import contextlib
import math
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from jaxtyping import Int
from scipy.sparse import csr_array
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel
from tqdm.auto import tqdm

from xdc_lab import distributed
from xdc_lab.datasets.clips import ClipDataset, ClipKey, Drawn
from xdc_lab.datasets.loading import centre_keys, draw_batches
from xdc_lab.encoders.encoder import Encoder
from xdc_lab.errors import SettingError, TrainingError
from xdc_lab.progress import progress_bar
from xdc_lab.runs.checkpoint import optimiser_tensors, restore_optimiser
from xdc_lab.runs.execution import Execution
from xdc_lab.training.optimiser import OPTIMISER, make_optimiser, moments_of
from xdc_lab.training.predictor import Predictor, correct_predictions, fresh_heads, summed_loss
from xdc_lab.training.sampling import epoch_keys
from xdc_lab.training.schedule import held_out_losses, learning_rate_factor, saturated
from xdc_lab.training.settings import TrainSettings

MODEL = "model."
Rows = Int[np.ndarray, " rows"]
Checkpoint = tuple[dict[str, Tensor], dict[str, Any]]


@dataclass(frozen=True)
class Task:
    """What an encoder shall learn.

    Attributes:
        dataset: the clips of all items.
        prepare: raw batch to encoder input, run on the device.
        targets: for each head, the class of every item, or a sparse matrix (items, classes) of several (rows outside
            `train_rows` and `held_out_rows` are not used).
        classes: for each head, how many classes there are.
        train_rows: the items to learn from.
        held_out_rows: the items that tell when learning saturates; may be empty.
    """

    dataset: ClipDataset
    prepare: nn.Module
    targets: Mapping[str, Int[np.ndarray, " items"] | csr_array]
    classes: Mapping[str, int]
    train_rows: Int[np.ndarray, " rows"]
    held_out_rows: Int[np.ndarray, " held_out"]

    def __post_init__(self):
        if len(self.train_rows) == 0:
            raise SettingError("there is no item to train on: all were rejected, or all are held out")

    def clusters(self) -> tuple[Int[np.ndarray, " items"], ...]:
        """The classes of each head as groups of items.

        Raises:
            SettingError: if an item has several.
        """
        targets = tuple(own for own in self.targets.values() if not isinstance(own, csr_array))
        if len(targets) < len(self.targets):
            raise SettingError("sampling='clusters' draws by an item's one class, and these have several: take 'items'")
        return targets


@dataclass
class Position:
    """Where a training stands; with seed and weights it decides all that follows."""

    epoch: int = 0
    step: int = 0
    loss_sum: float = 0.0
    correct: float = 0.0
    seen: int = 0
    replaced: int = 0
    seconds: float = 0.0
    records: list[dict[str, Any]] = field(default_factory=list)

    def next_epoch(self) -> None:
        """Begin the next epoch with empty sums."""
        self.epoch, self.step, self.loss_sum, self.correct, self.seen = self.epoch + 1, 0, 0.0, 0.0, 0
        self.replaced, self.seconds = 0, 0.0


@dataclass(frozen=True)
class Trained:
    """What came of a training beside the encoder, which was changed in place.

    Attributes:
        heads: that were learned.
        records: one for each epoch.
        moments: the optimiser's state of the encoder's weights, by name.
    """

    heads: nn.ModuleDict
    records: list[dict[str, Any]]
    moments: dict[str, Tensor]


@dataclass(frozen=True)
class Part:
    """The epochs of a schedule that one training runs, where pseudo-labels are renewed in between (paper 3.1, SDC).

    Attributes:
        first: the epoch that it begins with.
        end: the epoch before which it ends; None: as the settings say.
        moments: of the optimiser after the part before.
    """

    first: int = 0
    end: int | None = None
    moments: Mapping[str, Tensor] = field(default_factory=dict)


@dataclass(frozen=True)
class Checkpointing:
    """How a training is kept and resumed.

    Attributes:
        save: called at the end of an epoch, and every `every_seconds`, with tensors and state; None: never.
        every_seconds: how much work a kill may cost within an epoch.
        resume: what `save` was last called with.
    """

    save: Callable[[dict[str, Tensor], dict[str, Any]], None] | None = None
    every_seconds: float = 600.0
    resume: Checkpoint | None = None


def train(
    encoder: Encoder,
    task: Task,
    *,
    settings: TrainSettings,
    execution: Execution = Execution(),
    checkpointing: Checkpointing = Checkpointing(),
    part: Part = Part(),
    description: str = "training",
) -> Trained:
    """Train an encoder with fresh heads until its held-out loss saturates, or to the limit (paper 3.1; author).

    A step is a function of the weights, the seed and its number, so a training that is resumed from any checkpoint
    ends, on a CPU, with the same bits as one that was left alone.

    Args:
        encoder: changed in place, unless `settings.trainable` is "fc".
        task: clips and targets.
        settings: optimiser, schedule, limits.
        execution: its seed is that of the new heads, of the order of the items and of their crops.
        checkpointing: how it is kept and resumed.
        part: which epochs of the schedule; default: all.
        description: the progress bar's text.

    Raises:
        SettingError: if the schedule waits for a plateau and there is no held-out item.
        TrainingError: if the loss is not finite.
    """
    if settings.schedule == "plateau" and len(task.held_out_rows) == 0:
        raise SettingError(
            "schedule='plateau' needs held-out items, and there are none; raise held_out_fraction, or choose "
            "schedule='step' or 'cosine'"
        )
    heads = fresh_heads(encoder.feature_dim, task.classes, seed=execution.seed)
    predictor = Predictor(encoder, heads, prepare=task.prepare, frozen=settings.trainable == "fc")
    predictor.to(execution.torch_device)
    optimiser = make_optimiser(predictor, settings)
    restore_optimiser(optimiser, dict(part.moments), prefix=OPTIMISER)
    position = Position(epoch=part.first)
    if checkpointing.resume:
        position = _restore(checkpointing.resume, predictor, optimiser)
    epochs = settings.epochs if part.end is None else part.end
    loop = _Loop(predictor=predictor, optimiser=optimiser, task=task, settings=settings, execution=execution)
    show = progress_bar(
        total=(epochs - part.first) * loop.steps_per_epoch,
        initial=(position.epoch - part.first) * loop.steps_per_epoch + position.step,
        desc=description,
        unit="step",
        leave=False,
        shown=execution.shows_progress,
    )
    with show:
        while position.epoch < epochs and not saturated(position.records, settings):
            loop.run_epoch(position, show, checkpointing)
            position.records.append(loop.record(position))
            position.next_epoch()
            if checkpointing.save:
                checkpointing.save(loop.tensors(), vars(position))
    weights = sum(parameter.requires_grad for parameter in encoder.parameters())
    encoder.requires_grad_(True)
    return Trained(heads, position.records, moments_of(optimiser, weights))


@dataclass(kw_only=True, eq=False)
class _Loop:
    """One training's unchanging parts."""

    predictor: Predictor
    optimiser: torch.optim.Optimizer
    task: Task
    settings: TrainSettings
    execution: Execution

    def __post_init__(self):
        self.device = self.execution.torch_device
        self.global_batch = self.settings.clips_per_step(distributed.world_size())
        clips = self.settings.clips_per_epoch or len(self.task.train_rows)
        self.steps_per_epoch = max(1, round(clips / self.global_batch))
        self.predictor.encoder.checkpoint_activations = self.settings.checkpoint_activations
        self.model: nn.Module = self.predictor
        if distributed.is_active():
            self.model = DistributedDataParallel(
                self.predictor, device_ids=[self.device] if self.device.type == "cuda" else None
            )

    def run_epoch(self, position: Position, show: tqdm, checkpointing: Checkpointing) -> None:
        """Do what is left of an epoch."""
        batches = self.batches(position.epoch)[position.step :]
        self.model.train()
        started = saved = time.monotonic()
        before, losses = position.seconds, held_out_losses(position.records)
        for drawn in self._load(batches, self.task.train_rows):
            loss, correct = self.step(drawn, position, losses)
            position.step += 1
            position.loss_sum += loss
            position.correct += correct
            position.seen += len(drawn.clips)
            position.replaced += int(torch.as_tensor(drawn.replaced).sum())
            position.seconds = before + time.monotonic() - started
            show.update()
            if position.step % 10 == 0:
                show.set_postfix(epoch=position.epoch + 1, loss=f"{position.loss_sum / position.seen:.3f}")
            due = time.monotonic() - saved > checkpointing.every_seconds
            if checkpointing.save and due and position.step < self.steps_per_epoch:
                checkpointing.save(self.tensors(), vars(position))
                saved = time.monotonic()
        distributed.share_buffers(self.predictor)  # DDP does so before a step, not after the last

    def batches(self, epoch: int) -> list[list[ClipKey]]:
        """This process's keys of every step of an epoch."""
        keys = epoch_keys(
            self.task.train_rows,
            count=self.steps_per_epoch * self.global_batch,
            seed=self.execution.seed,
            epoch=epoch,
            clusters=self.task.clusters() if self.settings.sampling == "clusters" else (),
        )
        mine = distributed.shard(self.global_batch)
        return [keys[first : first + self.global_batch][mine] for first in range(0, len(keys), self.global_batch)]

    def step(self, drawn: Drawn, position: Position, losses: Sequence[float]) -> tuple[float, float]:
        """One optimiser step; gives the loss, summed over the clips, and how many predictions were right."""
        overall = position.epoch * self.steps_per_epoch + position.step
        factor = learning_rate_factor(self.settings, step=overall, steps_per_epoch=self.steps_per_epoch, losses=losses)
        for group in self.optimiser.param_groups:
            group["lr"] = group["initial_lr"] * factor
        self.optimiser.zero_grad()
        raw, rows = drawn.clips, np.asarray(drawn.rows)
        size = self.settings.micro_batch or len(rows)
        loss_sum, correct = 0.0, 0.0
        for first in range(0, len(rows), size):
            part = slice(first, first + size)
            with self.sharing_gradients(first + size >= len(rows)):
                part_loss, part_correct = self.accumulate(rows[part], raw[part], len(rows), position)
            loss_sum, correct = loss_sum + part_loss, correct + part_correct
        self.optimiser.step()
        return loss_sum, correct

    def accumulate(self, rows: Rows, raw: Tensor, batch: int, position: Position) -> tuple[float, float]:
        """Add a part of a batch to the gradients, by its share; gives the same two numbers of it."""
        targets = self.targets_of(rows)
        with self.autocast():
            logits = self.model(raw)
            loss = summed_loss(logits, targets)
        if not math.isfinite(value := loss.item()):
            raise TrainingError(
                f"the loss became {value} in epoch {position.epoch + 1}, step {position.step + 1}; "
                f"lower learning_rate (now {self.settings.learning_rate}) or use precision='fp32'"
            )
        (loss * (len(rows) / batch)).backward()
        return value * len(rows), correct_predictions(logits, targets).item()

    def sharing_gradients(self, last: bool) -> contextlib.AbstractContextManager:
        """Several processes average their gradients once a step, when the last part is in."""
        if last or not isinstance(self.model, DistributedDataParallel):
            return contextlib.nullcontext()
        return self.model.no_sync()

    def record(self, position: Position) -> dict[str, Any]:
        """What an epoch came to, over all processes."""
        sums = np.array([position.loss_sum, position.correct, position.seen, position.replaced])
        loss_sum, correct, seen, replaced = distributed.all_reduce_sum(sums).tolist()
        return {
            "epoch": position.epoch + 1,
            "loss": loss_sum / seen,
            "accuracy": correct / seen,
            **self.held_out(),
            "clips_replaced": int(replaced),
            "clips_per_step": self.global_batch,
            "learning_rate": self.optimiser.param_groups[0]["lr"],
            "clips_per_second": round(seen / max(position.seconds, 1e-9), 2),
            "seconds": round(position.seconds, 2),
        }

    def held_out(self) -> dict[str, float | None]:
        """Loss, accuracy and the share of the most frequent prediction on the held-out items' centre clips."""
        rows = self.task.held_out_rows
        if len(rows) == 0:
            return {"held_out_loss": None, "held_out_accuracy": None, "most_predicted": None}
        mine = rows[distributed.shard(len(rows))]
        sums = np.zeros(2)
        predicted = np.zeros(max(self.task.classes.values()))
        self.predictor.eval()
        batches = centre_keys(mine, batch_size=self.settings.batch_size)
        with torch.inference_mode(), self.autocast():
            for drawn in self._load(batches, rows):
                targets, logits = self.targets_of(np.asarray(drawn.rows)), self.predictor(drawn.clips)
                sums += [
                    summed_loss(logits, targets).item() * len(drawn.clips),
                    correct_predictions(logits, targets).item(),
                ]
                np.add.at(predicted, next(iter(logits.values())).argmax(1).cpu().numpy(), 1)
        loss_sum, correct = distributed.all_reduce_sum(sums).tolist()
        most = distributed.all_reduce_sum(predicted).max() / len(rows)
        return {"held_out_loss": loss_sum / len(rows), "held_out_accuracy": correct / len(rows), "most_predicted": most}

    def targets_of(self, rows: Rows) -> dict[str, Tensor]:
        """The classes of a batch's items, for each head: a number for each clip, or which of them it has."""
        return {
            name: torch.as_tensor(targets[rows].toarray(), device=self.device)
            if isinstance(targets, csr_array)
            else torch.as_tensor(targets[rows], dtype=torch.long, device=self.device)
            for name, targets in self.task.targets.items()
        }

    def autocast(self) -> contextlib.AbstractContextManager:
        """bf16 where the settings and the device want it."""
        wanted = self.settings.precision == "bf16" or (self.settings.precision == "auto" and self.device.type == "cuda")
        return torch.autocast(self.device.type, dtype=torch.bfloat16, enabled=wanted)

    def tensors(self) -> dict[str, Tensor]:
        """Weights and optimiser state, by name."""
        weights = {MODEL + name: tensor for name, tensor in self.predictor.state_dict().items()}
        return {**weights, **optimiser_tensors(self.optimiser, prefix=OPTIMISER)}

    def _load(self, batches: list[list[ClipKey]], rows: Rows) -> Iterator[Drawn]:
        """The clips of these keys; of `rows` come those that take the place of what cannot be read."""
        workers = self.execution.workers
        return draw_batches(self.task.dataset, batches, rows=rows, device=self.device, workers=workers)


def _restore(resume: Checkpoint, predictor: Predictor, optimiser: torch.optim.Optimizer) -> Position:
    tensors, state = resume
    weights = {name.removeprefix(MODEL): tensor for name, tensor in tensors.items() if name.startswith(MODEL)}
    predictor.load_state_dict(weights)
    restore_optimiser(optimiser, tensors, prefix=OPTIMISER)
    return Position(**state)
