"""Submit the cells of a table as jobs: Slurm's job arrays through submitit, or processes of this machine."""

import subprocess
import sys
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from xdc_lab.errors import SettingError, XdcError, counted
from xdc_lab.runs.folder import RunFolder, append_line, read_lines, write_text
from xdc_lab.runs.opening import is_held
from xdc_lab.studies.cells import DONE, Cell, cells_of, state_of
from xdc_lab.studies.engine import Outcome, check_done, collect
from xdc_lab.studies.place import Place
from xdc_lab.studies.plan import evaluate_command, pretrain_command
from xdc_lab.studies.table import Table

CLUSTERS = ("slurm", "local")
POLL_SECONDS = 0.5


@dataclass(frozen=True)
class Job:
    """One command of the plan.

    Attributes:
        words: the command.
        run: the run folder that it finishes.
        failures: where its error goes.
        needs: the run that must be finished before; None: none.
    """

    words: tuple[str, ...]
    run: Path
    failures: tuple[Path, ...]
    needs: Path | None = None


def submit_table(
    table: Table, place: Place, cluster: str, *, options: Sequence[str] = (), gpus: int = 1
) -> Outcome | None:
    """Submit what is not done; the same command again submits what failed or was killed, and collects the results.

    Args:
        table: what to measure.
        place: where; the jobs see the same folders.
        cluster: "slurm" submits all jobs, evaluations after their pretrainings, and returns; "local" runs
            `place.jobs` at a time and waits.
        options: NAME=VALUE of submitit, as timeout_min=600 or slurm_partition=gpu.
        gpus: of each job; above 1 its command runs under torchrun.

    Returns:
        The outcome; None where jobs are still to run.

    Raises:
        SettingError: if there is no such cluster, or submitit is not installed.
    """
    if cluster not in CLUSTERS:
        raise SettingError(f"there is no cluster {cluster!r}; --submit takes {' or '.join(CLUSTERS)}")
    cells = cells_of(table, place)
    check_done(cells)
    folder = place.folder(table.name) / "jobs"
    waiting = _Submitter(cluster, folder, place, [_option(text) for text in options], gpus)
    pretrainings, evaluations = jobs_of(cells)
    if cluster == "local":
        waiting.run(pretrainings)
        waiting.run([job for job in evaluations if state_of(RunFolder(job.needs or job.run)) == DONE])
        return collect(table, cells, place)
    queued = waiting.submit(pretrainings, evaluations)
    if not queued:
        return collect(table, cells, place)
    print(f"{counted(queued, 'job')} queued or running; the same command again collects what is done. Logs: {folder}")
    return None


def jobs_of(cells: Iterable[Cell]) -> tuple[list[Job], list[Job]]:
    """The commands that are not done: pretrainings, each once, and evaluations."""
    pretrainings: dict[Path, list[Cell]] = {}
    evaluations = []
    for cell in cells:
        if cell.reason or cell.is_done:
            continue
        made = cell.pretraining
        evaluations.append(Job(tuple(evaluate_command(cell)), cell.run.path, (cell.failure,), made.path))
        if state_of(made) != DONE:
            pretrainings.setdefault(made.path, []).append(cell)
    first = [
        Job(tuple(pretrain_command(own[0])), path, tuple(cell.failure for cell in own))
        for path, own in pretrainings.items()
    ]
    return first, evaluations


def run_job(job: Job, gpus: int) -> None:
    """Run one command in a process of its own, and keep the end of its error: what a submitted job does.

    Raises:
        XdcError: if it failed.
    """
    start = ["-m", "torch.distributed.run", f"--nproc-per-node={gpus}"] if gpus > 1 else []
    words = [sys.executable, *start, "-m", "xdc_lab.cli", *job.words[1:]]
    done = subprocess.run(words, stderr=subprocess.PIPE, text=True, errors="replace")
    sys.stderr.write(done.stderr)
    for file in job.failures:
        file.unlink(missing_ok=True)
    if done.returncode:
        lines = [line for line in done.stderr.splitlines() if line.strip()]
        told = [line.removeprefix("error: ") for line in lines if line.startswith("error: ")]
        reason = (told or lines or ["no message"])[-1]
        for file in job.failures:
            write_text(file, f"{reason}\n\nexit code {done.returncode}: {' '.join(job.words)}\n")
        raise XdcError(f"{' '.join(job.words)} ended with code {done.returncode}: {reason}")


class _Submitter:
    """Jobs of one table at one cluster, and the file that remembers which were submitted."""

    def __init__(self, cluster: str, folder: Path, place: Place, options: Sequence[tuple[str, Any]], gpus: int):
        try:
            import submitit
        except ImportError as error:
            raise SettingError("--submit needs submitit: pip install 'xdc-lab[slurm]'") from error
        self.submitit, self.cluster, self.folder, self.gpus = submitit, cluster, folder, gpus
        self.at_once, self.log = place.jobs, folder / "submitted.jsonl"
        self.parameters: dict[str, Any] = {"name": "xdc-lab", "timeout_min": 24 * 60}
        if cluster == "slurm":
            self.parameters |= {"gpus_per_node": gpus, "cpus_per_task": 1 + place.execution.workers * gpus}
        self.parameters |= dict(options)

    def run(self, jobs: Sequence[Job]) -> None:
        """Run jobs on this machine, some at a time, until all have ended."""
        executor, running = self._executor(), []
        for job in jobs:
            while len(running) >= self.at_once or is_held(RunFolder(job.run)):
                running = [other for other in running if not other.done()]
                time.sleep(POLL_SECONDS)
            if state_of(RunFolder(job.run)) != DONE:
                running.append(executor.submit(run_job, job, self.gpus))
        for job in running:
            job.wait()

    def submit(self, pretrainings: Sequence[Job], evaluations: Sequence[Job]) -> int:
        """Submit what is not queued yet, pretrainings as one array; give how many jobs are queued or running."""
        queued = {row["run"]: row["job"] for row in read_lines(self.log) if not self._has_ended(row["job"])}
        ids = dict(queued) | self._array([job for job in pretrainings if str(job.run) not in queued])
        after: dict[str | None, list[Job]] = {}
        for job in evaluations:
            if str(job.run) not in queued:
                after.setdefault(ids.get(str(job.needs)), []).append(job)
        for needed, jobs in after.items():
            dependency = {} if needed is None else {"slurm_dependency": f"afterok:{needed}"}
            ids |= self._array(jobs, **dependency)
        return len(ids)

    def _array(self, jobs: Sequence[Job], **parameters: Any) -> dict[str, str]:
        """Submit jobs as one array; run folder -> job id."""
        if not jobs:
            return {}
        submitted = self._executor(**parameters).map_array(run_job, jobs, [self.gpus] * len(jobs))
        ids = {str(job.run): str(own.job_id) for job, own in zip(jobs, submitted, strict=True)}
        for run, own in ids.items():
            append_line(self.log, {"run": run, "job": own})
        return ids

    def _executor(self, **parameters: Any) -> Any:
        executor = self.submitit.AutoExecutor(folder=self.folder / "%j", cluster=self.cluster)
        executor.update_parameters(**self.parameters, **parameters)
        return executor

    def _has_ended(self, job_id: str) -> bool:
        return self.submitit.SlurmJob(self.folder / "%j", job_id).done(force_check=True)


def _option(text: str) -> tuple[str, Any]:
    """One option of submitit.

    >>> _option("timeout_min=600"), _option("slurm_partition=gpu")
    (('timeout_min', 600), ('slurm_partition', 'gpu'))
    """
    name, equals, value = text.partition("=")
    if not equals:
        raise SettingError(f"{text!r} is no option; write NAME=VALUE, as timeout_min=600 or slurm_partition=gpu")
    return name, int(value) if value.isdigit() else value
