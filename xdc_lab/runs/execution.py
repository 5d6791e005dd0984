"""How a run is carried out: seed, device, workers, progress bars and the store of decoded clips, as one value."""

import importlib
import sys
from dataclasses import dataclass, replace
from pathlib import Path

import torch

from xdc_lab import distributed
from xdc_lab.errors import SettingError
from xdc_lab.extras import imports_of_an_extra
from xdc_lab.runs.bars import draws_bars
from xdc_lab.runs.seeds import derived_seed

LOGS = (None, "tensorboard")


@dataclass(frozen=True)
class Execution:
    """Run-wide choices, made once at the edge (command line, notebook, test) and passed on as they are.

    Attributes:
        seed: the random seed of the run; whatever needs randomness derives its own from it (`derive`).
        device: "auto" (the GPU where there is one), "cpu", "cuda".
        workers: processes that decode ahead of the training step; 0 decodes in this process.
        progress: show progress bars (`shows_progress` is what a bar asks).
        store: the folder of decoded clips that several runs share; None: beside the run.
        log: where each epoch's numbers go beside training.jsonl: "tensorboard", into the run folder; None: nowhere.

    Raises:
        SettingError: if there is no such log.
        InstallError: if what it needs is not installed.
    """

    seed: int = 0
    device: str = "auto"
    workers: int = 0
    progress: bool = True
    store: Path | None = None
    log: str | None = None

    def __post_init__(self):
        if self.log not in LOGS:
            raise SettingError(f"log={self.log!r}; allowed: tensorboard, or None")
        if self.log:  # before anything is decoded
            with imports_of_an_extra():
                importlib.import_module(self.log)

    @property
    def torch_device(self) -> torch.device:
        """The device to compute on."""
        return distributed.device(self.device)

    @property
    def tells_progress(self) -> bool:
        """Whether this process says how far it is: the main one, if that is wanted."""
        return self.progress and distributed.is_main()

    @property
    def shows_progress(self) -> bool:
        """Whether it says so in bars: where somebody can see them."""
        return draws_bars(self.tells_progress)

    @property
    def tells_lines(self) -> bool:
        """Whether it writes a line per epoch instead, as where its output goes to a log."""
        return self.tells_progress and not self.shows_progress

    def derive(self, *words: str | int) -> "Execution":
        """The same with an independent seed for the thing that `words` name.

        >>> Execution(seed=1).derive("heads").seed == derived_seed(1, "heads")
        True
        """
        return replace(self, seed=derived_seed(self.seed, *words))

    def store_beside(self, run: Path) -> Path:
        """Where decoded clips lie: in the shared store, or beside the run folder."""
        return Path(self.store) if self.store else run.parent / "decoded"
