"""Whether a finished pretraining has every record that its settings say: an epoch's line, a clustering's line."""

from collections.abc import Iterator
from typing import Any

from xdc_lab.errors import RunError
from xdc_lab.runs.folder import RunFolder, read_lines

NAMED = 5  # of what is missing


def demand_records(run: RunFolder) -> None:
    """Refuse a finished pretraining that lacks a line of its logs, as after two processes at work in one folder.

    Each training is between two clusterings of each kind that some encoder learns, and each of its encoders has all of
    its epochs, or the first of them where training may end early. A run that is under way, and one that does not say
    its settings, are left alone.

    Raises:
        RunError: if lines are missing, with their names.
    """
    about = run.read_about()
    settings = {row["name"]: row["value"] for row in about.get("settings", [])}
    if about["status"] != "finished" or "iterations" not in settings:
        return
    missing = [*_missing_clusterings(run, about, settings), *_missing_epochs(run, about, settings)]
    if missing:
        more = f" and {len(missing) - NAMED} more" if len(missing) > NAMED else ""
        raise RunError(
            f"{run.path} has finished, and its records are not whole: no {'; no '.join(missing[:NAMED])}{more}. Nothing "
            f"is drawn or recorded of it; make it again in another folder: {about.get('command') or 'xdc-lab pretrain'}"
        )


def _missing_clusterings(run: RunFolder, about: dict[str, Any], settings: dict[str, Any]) -> Iterator[str]:
    there = {(row["iteration"], row["clustering"]) for row in read_lines(run.clusterings_log)}
    learned = dict.fromkeys(name for names in about["method"]["supervision"].values() for name in names)
    for iteration in range(len(_trainings(run, settings)) + 1):
        for name in learned:
            if (iteration, name) not in there:
                yield f"clustering {name} of iteration {iteration} in {run.clusterings_log.name}"


def _missing_epochs(run: RunFolder, about: dict[str, Any], settings: dict[str, Any]) -> Iterator[str]:
    epochs: dict[tuple[int, str], set[int]] = {}
    for row in read_lines(run.training_log):
        epochs.setdefault((row["iteration"], row["encoder"]), set()).add(row["epoch"])
    early = settings["training.schedule"] == "plateau"
    for iteration, (first, last) in enumerate(_trainings(run, settings)):
        for encoder in about["method"]["encoders"]:
            there = epochs.get((iteration, encoder), set())
            expected = range(first, (max(there, default=1) if early else last) + 1)
            for epoch in sorted(set(expected) - there):
                yield f"epoch {epoch} of {encoder} in iteration {iteration} in {run.training_log.name}"


def _trainings(run: RunFolder, settings: dict[str, Any]) -> list[tuple[int, int]]:
    """The first and the last epoch of each training, from one clustering to the next."""
    epochs = settings["training.epochs"]
    step = settings.get("recluster_epochs") or epochs
    parts = [(first + 1, min(first + step, epochs)) for first in range(0, epochs, step)]
    whole = parts * settings["iterations"]
    if not settings.get("until_converged"):
        return whole
    return whole[: max((row["iteration"] for row in read_lines(run.clusterings_log)), default=1)]
