"""The machine that a plan is for."""

from dataclasses import dataclass

from xdc_lab.errors import SettingError


@dataclass(frozen=True)
class Machine:
    """GPUs and cores of all nodes together; without GPUs the cores decode and compute in turn.

    Raises:
        SettingError: if it has no core.
    """

    gpus: int = 8
    cores: int = 96

    def __post_init__(self) -> None:
        if self.gpus < 0 or self.cores < 1:
            raise SettingError(f"--gpus {self.gpus} --cores {self.cores}: give at least 0 GPUs and 1 core")

    @property
    def processes(self) -> int:
        """Processes that train."""
        return max(1, self.gpus)

    @property
    def devices(self) -> int:
        """What steps are shared out among: GPUs, or cores."""
        return self.gpus or self.cores
