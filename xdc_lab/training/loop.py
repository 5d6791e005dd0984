"""Train an encoder with fresh heads on integer targets, with a record per epoch; resumes in mid-epoch (paper 3.1)."""

import contextlib
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from jaxtyping import Int
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel
from tqdm.auto import tqdm

from xdc_lab import distributed, stopping
from xdc_lab.datasets.clips import ClipDataset, ClipKey, Drawn
from xdc_lab.datasets.loading import ClipLoader, centre_keys
from xdc_lab.encoders.encoder import Encoder
from xdc_lab.errors import SettingError, TrainingError
from xdc_lab.extras import SparseRows
from xdc_lab.runs.checkpoint import optimiser_tensors, restore_optimiser
from xdc_lab.runs.execution import Execution
from xdc_lab.training import arithmetic
from xdc_lab.training.epochs import epoch_line
from xdc_lab.training.optimiser import OPTIMISER, make_optimiser, moments_of
from xdc_lab.training.position import Position, position_of, state_of
from xdc_lab.training.predictor import Predictor, correct_predictions, fresh_heads, summed_loss
from xdc_lab.training.sampling import epoch_keys
from xdc_lab.training.schedule import held_out_losses, learning_rate_factor, saturated
from xdc_lab.training.settings import TrainSettings
from xdc_lab.training.tally import READ_EVERY, Passed, Tally, first_not_finite
from xdc_lab.training.targets import DeviceTargets

MODEL = "model."
TRAIN, HELD_OUT = "train", "held out"  # groups of items: one does not take the place of the other's
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
    targets: Mapping[str, Int[np.ndarray, " items"] | SparseRows]
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
        targets = tuple(own for own in self.targets.values() if isinstance(own, np.ndarray))
        if len(targets) < len(self.targets):
            raise SettingError("sampling='clusters' draws by an item's one class, and these have several: take 'items'")
        return targets


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
    ends, on a CPU, with the same bits as one that was left alone. No step waits for the device: losses are read every
    `READ_EVERY` steps, at the epoch's end and before each checkpoint, and one that is not finite ends it then.

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
        StoppedError: if the system asked to stop; a checkpoint of the running step is kept.
    """
    if settings.schedule == "plateau" and len(task.held_out_rows) == 0:
        raise SettingError(
            "schedule='plateau' needs held-out items, and there are none; raise held_out_fraction, or choose "
            "schedule='step' or 'cosine'"
        )
    with arithmetic.float32_products(settings):
        heads = fresh_heads(encoder.feature_dim, task.classes, seed=execution.seed)
        predictor = Predictor(encoder, heads, prepare=task.prepare, frozen=settings.trainable == "fc")
        predictor.to(execution.torch_device)
        optimiser = make_optimiser(predictor, settings)
        restore_optimiser(optimiser, dict(part.moments), prefix=OPTIMISER)
        position = Position(epoch=part.first)
        loader = ClipLoader(
            task.dataset,
            device=execution.torch_device,
            workers=execution.workers,
            groups={TRAIN: task.train_rows, HELD_OUT: task.held_out_rows},
            clips_per_visit=settings.clips_per_visit,
        )
        loop = _Loop(
            predictor=predictor, optimiser=optimiser, task=task, settings=settings, execution=execution, loader=loader
        )
        if checkpointing.resume:
            position = loop.restore(checkpointing.resume)
        epochs = settings.epochs if part.end is None else part.end
        show = tqdm(
            total=(epochs - part.first) * loop.steps_per_epoch,
            initial=(position.epoch - part.first) * loop.steps_per_epoch + position.step,
            desc=description,
            unit="step",
            leave=False,
            disable=not execution.shows_progress,
        )
        with show, stopping.after_the_step(), loader:
            while position.epoch < epochs and not saturated(position.records, settings):
                loop.run_epoch(position, show, checkpointing)
                position.records.append(loop.record(position))
                if execution.tells_lines:
                    print(f"{description}, {epoch_line(position.records[-1])}", file=sys.stderr, flush=True)
                position.next_epoch()
                if checkpointing.save:
                    checkpointing.save(loop.tensors(), loop.state(position))
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
    loader: ClipLoader

    def __post_init__(self):
        self.device = self.execution.torch_device
        self.global_batch = self.settings.clips_per_step(distributed.world_size())
        clips = self.settings.clips_per_epoch or len(self.task.train_rows)
        self.steps_per_epoch = max(1, round(clips / self.global_batch))
        self.predictor.encoder.checkpoint_activations = self.settings.checkpoint_activations
        self.any_process = distributed.AnyProcess()
        self.targets = DeviceTargets(self.task.targets, self.device)
        self.tally = Tally()
        self.model = arithmetic.parallel(self.predictor, self.settings, self.device)
        self.compiled = arithmetic.compiled(self.model, self.settings)

    def run_epoch(self, position: Position, show: tqdm, checkpointing: Checkpointing) -> None:
        """Do what is left of an epoch."""
        batches, visits = self.batches(position.epoch), self.settings.clips_per_visit
        self.model.train()
        arithmetic.forget_peak(self.device)
        started = saved = time.monotonic()
        before, losses = position.seconds, held_out_losses(position.records)
        left = self.loader.draw(batches, group=TRAIN, first=position.step, clips_per_visit=visits)
        for drawn in _timed(left, position):
            began = time.monotonic()
            self.tally.add(*self.step(drawn, position, losses))
            position.step += 1
            position.seen += len(drawn.clips)
            position.replaced += int(np.sum(np.asarray(drawn.replaced)))
            due = distributed.is_main() and time.monotonic() - saved > checkpointing.every_seconds
            saved = time.monotonic() if due else saved
            last = position.step == self.steps_per_epoch
            save, stop = self.any_process.says(due and not last, stopping.is_asked())
            if save or stop or last or len(self.tally) == READ_EVERY:
                self.read(position)
                show.set_postfix(epoch=position.epoch + 1, loss=f"{position.loss_sum / position.seen:.3f}")
            position.step_seconds += time.monotonic() - began
            position.seconds = before + time.monotonic() - started
            show.update()
            if checkpointing.save and (save or stop):
                checkpointing.save(self.tensors(), self.state(position))
            if stop:
                raise stopping.stopped()
        distributed.share_buffers(self.predictor)  # DDP does so before a step, not after the last

    def batches(self, epoch: int) -> list[list[ClipKey]]:
        """This process's keys of every step of an epoch."""
        keys = epoch_keys(
            self.task.train_rows,
            count=self.steps_per_epoch * self.global_batch,
            seed=self.execution.seed,
            epoch=epoch,
            clusters=self.task.clusters() if self.settings.sampling == "clusters" else (),
            batch=self.global_batch,
            clips_per_visit=self.settings.clips_per_visit,
        )
        mine = distributed.shard(self.global_batch)
        return [keys[first : first + self.global_batch][mine] for first in range(0, len(keys), self.global_batch)]

    def step(self, drawn: Drawn, position: Position, losses: Sequence[float]) -> list[Passed]:
        """One optimiser step; gives what each part of the batch came to, unread."""
        overall = position.epoch * self.steps_per_epoch + position.step
        factor = learning_rate_factor(self.settings, step=overall, steps_per_epoch=self.steps_per_epoch, losses=losses)
        for group in self.optimiser.param_groups:
            group["lr"] = group["initial_lr"] * factor
        self.optimiser.zero_grad()
        rows = torch.as_tensor(drawn.rows)
        size = self.settings.micro_batch or len(rows)
        passed = []
        for first in range(0, len(rows), size):
            part = slice(first, first + size)
            with self.sharing_gradients(first + size >= len(rows)):
                passed.append(self.accumulate(rows[part], drawn.clips[part], len(rows)))
        self.optimiser.step()
        return passed

    def accumulate(self, rows: Int[Tensor, " clips"], raw: Tensor, batch: int) -> Passed:
        """Add a part of a batch to the gradients, by its share; gives its clips, mean loss and right predictions."""
        targets = self.targets.of(rows)
        with self.autocast():
            logits = self.compiled(raw)
            loss = summed_loss(logits, targets)
        (loss * (len(rows) / batch)).backward()
        return len(rows), loss, correct_predictions(logits, targets)

    def read(self, position: Position) -> None:
        """Read what the last steps came to, and add it to the epoch's sums.

        Raises:
            TrainingError: if a loss is not finite.
        """
        losses, correct = self.tally.read()
        if (wrong := first_not_finite(losses)) is not None:
            raise TrainingError(
                f"the loss became {losses[wrong]} in epoch {position.epoch + 1}, step "
                f"{position.step - len(losses) + wrong + 1}; "
                f"lower learning_rate (now {self.settings.learning_rate}) or use precision='fp32'"
            )
        for loss, right in zip(losses, correct, strict=True):
            position.loss_sum += loss
            position.correct += right

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
            "data_share": position.share(position.data_seconds),
            "step_share": position.share(position.step_seconds),
            "peak_gpu_bytes": arithmetic.peak_bytes(self.device),
        }

    def held_out(self) -> dict[str, float | None]:
        """Loss, accuracy and the share of the most frequent prediction on the held-out items' centre clips."""
        rows = self.task.held_out_rows
        if len(rows) == 0:
            return {"held_out_loss": None, "held_out_accuracy": None, "most_predicted": None}
        mine = rows[distributed.shard(len(rows))]
        sums, tally = np.zeros(2), Tally()
        predicted = torch.zeros(max(self.task.classes.values()), dtype=torch.long, device=self.device)
        self.predictor.eval()
        batches = centre_keys(mine, batch_size=self.settings.batch_size)
        with torch.inference_mode(), self.autocast():
            for number, drawn in enumerate(self.loader.draw(batches, group=HELD_OUT), start=1):
                targets, logits = self.targets.of(torch.as_tensor(drawn.rows)), self.predictor(drawn.clips)
                tally.add((len(drawn.clips), summed_loss(logits, targets), correct_predictions(logits, targets)))
                first = next(iter(logits.values())).argmax(1)
                predicted.index_add_(0, first, torch.ones_like(first))
                if len(tally) == READ_EVERY or number == len(batches):
                    sums = sum((np.array(step) for step in zip(*tally.read(), strict=True)), sums)
        loss_sum, correct = distributed.all_reduce_sum(sums).tolist()
        most = distributed.all_reduce_sum(predicted.cpu().numpy()).max() / len(rows)
        return {"held_out_loss": loss_sum / len(rows), "held_out_accuracy": correct / len(rows), "most_predicted": most}

    def autocast(self) -> torch.autocast:
        """bf16 where the settings and the device want it."""
        return arithmetic.autocast(self.settings, self.device)

    def state(self, position: Position) -> dict[str, Any]:
        """The rest of a checkpoint; all processes call it."""
        return state_of(vars(position), clips_per_step=self.global_batch)

    def restore(self, resume: Checkpoint) -> Position:
        """Put back weights and optimiser state, and give the position."""
        tensors, state = resume
        weights = {name.removeprefix(MODEL): tensor for name, tensor in tensors.items() if name.startswith(MODEL)}
        self.predictor.load_state_dict(weights)
        restore_optimiser(self.optimiser, tensors, prefix=OPTIMISER)
        return Position(**position_of(state, clips_per_step=self.global_batch))

    def tensors(self) -> dict[str, Tensor]:
        """Weights and optimiser state, by name."""
        weights = {MODEL + name: tensor for name, tensor in self.predictor.state_dict().items()}
        return {**weights, **optimiser_tensors(self.optimiser, prefix=OPTIMISER)}


def _timed(batches: Iterator[Drawn], position: Position) -> Iterator[Drawn]:
    """The batches, and how long this process waited for them."""
    began = time.monotonic()
    for drawn in batches:
        position.data_seconds += time.monotonic() - began
        yield drawn
        began = time.monotonic()
