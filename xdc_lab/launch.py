"""Who started this process (nobody else, torchrun, or srun with several tasks), and how a command is typed."""

import os
import shlex
import subprocess
from collections.abc import Mapping, MutableMapping, Sequence
from dataclasses import dataclass

from xdc_lab.errors import SettingError

NAMES = ("RANK", "WORLD_SIZE", "MASTER_ADDR", "MASTER_PORT")
MASTER_PORT = "29500"  # torchrun's own
SLURM = {"RANK": "SLURM_PROCID", "WORLD_SIZE": "SLURM_NTASKS", "LOCAL_RANK": "SLURM_LOCALID"}


@dataclass(frozen=True)
class Launch:
    """One of several processes that were started together.

    Attributes:
        rank: its number, from 0.
        world_size: how many there are.
    """

    rank: int = 0
    world_size: int = 1

    @property
    def suffix(self) -> str:
        """Words for the end of a message, so that it says whose it is; none of a process alone."""
        return f" [process {self.rank} of {self.world_size}]" if self.world_size > 1 else ""


def launched(environment: Mapping[str, str] = os.environ) -> Launch | None:
    """What torchrun's variables say, or Slurm's of a step with several tasks; None: this process is alone.

    Raises:
        SettingError: if one of the variables that belong together is missing, or is no number, or beyond the others.

    >>> launched({"RANK": "1", "WORLD_SIZE": "2", "MASTER_ADDR": "node1", "MASTER_PORT": "29500"})
    Launch(rank=1, world_size=2)
    >>> launched({}) is None
    True
    """
    if "RANK" not in environment and "WORLD_SIZE" not in environment:
        return _of_slurm(environment)
    missing = [name for name in NAMES if name not in environment]
    if missing:
        there = ", ".join(f"{name}={environment[name]}" for name in NAMES if name in environment)
        raise SettingError(
            f"{there} is set without {', '.join(missing)}: start several processes with torchrun, which sets all four, "
            "or unset these for one process"
        )
    return _launch(environment, "RANK", "WORLD_SIZE")


def join_variables(environment: MutableMapping[str, str] = os.environ) -> None:
    """Put Slurm's variables where PyTorch looks for torchrun's, if srun alone started several processes.

    Raises:
        SettingError: if MASTER_ADDR is not set: the address of the first node, where the processes meet.
    """
    if "RANK" in environment:
        return
    if "MASTER_ADDR" not in environment:
        raise SettingError(
            f"srun started {environment['SLURM_NTASKS']} processes without MASTER_ADDR: export "
            'MASTER_ADDR=$(scontrol show hostnames "$SLURM_JOB_NODELIST" | head -n 1) before it, or start torchrun '
            "with one task a node (docs/slurm.md), or one task (srun --ntasks=1)"
        )
    environment.update({name: environment[own] for name, own in SLURM.items() if own in environment})
    environment.setdefault("MASTER_PORT", MASTER_PORT)


def command_line(words: Sequence[str], *, windows: bool = os.name == "nt") -> str:
    """Words as a line to paste into a shell: single quotes for POSIX, double ones for Windows.

    >>> command_line(["xdc-lab", "show", "runs/my run"])
    "xdc-lab show 'runs/my run'"
    >>> command_line(["xdc-lab", "show", "runs/my run"], windows=True)
    'xdc-lab show "runs/my run"'
    """
    return subprocess.list2cmdline(words) if windows else shlex.join(words)


def _of_slurm(environment: Mapping[str, str]) -> Launch | None:
    # A batch script outside of srun is one process, whatever the number of tasks that it asked for.
    if "SLURM_STEP_ID" not in environment or int(environment.get("SLURM_NTASKS", "1")) == 1:
        return None
    return _launch(environment, SLURM["RANK"], SLURM["WORLD_SIZE"])


def _launch(environment: Mapping[str, str], rank: str, size: str) -> Launch:
    told = f"{rank}={environment[rank]} and {size}={environment[size]}"
    if not (environment[rank].isdigit() and environment[size].isdigit()):
        raise SettingError(f"{told} are no whole numbers; torchrun sets both")
    if int(environment[rank]) >= int(environment[size]):
        raise SettingError(f"{told}: processes are counted from 0 to {size} - 1; torchrun sets both")
    return Launch(int(environment[rank]), int(environment[size]))
