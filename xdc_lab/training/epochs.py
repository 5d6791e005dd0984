"""What an epoch came to: as a line to read, as rows of training.jsonl, and as curves of TensorBoard (paper 4.1)."""

import contextlib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from xdc_lab import distributed
from xdc_lab.runs.folder import RunFolder, read_lines, write_lines

Row = Mapping[str, Any]
Hook = Callable[[Row, int], None]
NOT_CURVES = ("iteration", "epoch", "encoder", "split")  # what a row is of


def epoch_line(record: Row) -> str:
    """An epoch in a line.

    >>> numbers = {"loss": 2.5, "accuracy": 0.25, "held_out_loss": None, "held_out_accuracy": None}
    >>> epoch_line({"epoch": 3, **numbers, "seconds": 9.5, "clips_per_second": 27.0, "data_share": 0.31})
    'epoch 3: loss 2.500, accuracy 0.250, 9.5 s, 27 clips/s, waiting for data 31 %'
    """
    told = ("loss", "accuracy", "held_out_loss", "held_out_accuracy")
    numbers = [f"{name.replace('_', ' ')} {record[name]:.3f}" for name in told if record[name] is not None]
    pace = f"{record['seconds']:.1f} s, {record['clips_per_second']:.0f} clips/s"
    waiting = f"waiting for data {100 * record['data_share']:.0f} %"
    return f"epoch {record['epoch']}: {', '.join(numbers)}, {pace}, {waiting}"


def write_epochs(run: RunFolder, rows: list[dict[str, Any]], hook: Hook) -> None:
    """Write training.jsonl anew, and give the hook those rows that it did not hold, with their numbers in the file."""
    known = len(read_lines(run.training_log))
    write_lines(run.training_log, rows)
    for number, row in enumerate(rows[known:], start=known):
        hook(row, number)


@contextlib.contextmanager
def epoch_hook(log: str | None, folder: Path) -> Iterator[Hook]:
    """What each new row of training.jsonl is given to, within the block.

    Args:
        log: "tensorboard" writes the numbers of each encoder (or split) as curves over its rows; None: nothing.
        folder: where the curves go.
    """
    with LOGS[log if distributed.is_main() else None](folder) as hook:
        yield hook


@contextlib.contextmanager
def _nowhere(folder: Path) -> Iterator[Hook]:
    yield lambda row, number: None


@contextlib.contextmanager
def _tensorboard(folder: Path) -> Iterator[Hook]:
    from torch.utils.tensorboard import SummaryWriter  # of an extra (`Execution.log` asks for it)

    with SummaryWriter(str(folder)) as writer:

        def write(row: Row, number: int) -> None:
            of = str(row.get("encoder", row.get("split", "training")))
            for name, value in row.items():
                if name not in NOT_CURVES and isinstance(value, int | float):
                    writer.add_scalar(f"{of}/{name}", value, number)
            writer.flush()

        yield write


LOGS = {None: _nowhere, "tensorboard": _tensorboard}
