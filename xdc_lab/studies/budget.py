"""What the rows of a table are trained with: clips, steps and summed rate, beside the sources' (paper 4.1, 4.2)."""

from collections.abc import Collection, Iterator
from dataclasses import replace
from functools import cache
from typing import Any

import pandas as pd

from xdc_lab.evaluation.protocols import find_protocol
from xdc_lab.evaluation.splits import official_splits
from xdc_lab.methods import METHODS
from xdc_lab.studies.collection import RENDERED, ROLES, parse_collection
from xdc_lab.studies.place import Place
from xdc_lab.studies.source import MODALITIES
from xdc_lab.studies.table import RANDOM, Table
from xdc_lab.training.schedule import learning_rate_factor
from xdc_lab.training.settings import TrainSettings
from xdc_lab.worlds.demo.plan import SCALES

# Training items of split 1, and of a fold of ESC-50: as many as their label files name.
TRAIN_ITEMS = {"UCF101": 9_537, "HMDB51": 3_570, "ESC50": 1_600, "DCASE": 100}
# What stands for a role where nothing is named (Table 1).
_PAPERS = {("labelled", "video"): ("UCF101", "HMDB51"), ("labelled", "audio"): ("ESC50",), ("esc", "audio"): ("ESC50",)}
# Steps and summed rate of full finetuning as the sources' own code runs it (tests/studies/test_budget.py has the sums).
SOURCES: dict[tuple[str, str], dict[str, tuple[int, float]]] = {
    ("UCF101", "video"): {"VMZ": (25_000, 5.555), "SeLaVi": (35_760, 35.104)},
    ("HMDB51", "video"): {"VMZ": (10_000, 4.444), "SeLaVi": (13_380, 13.135)},
}
PARTS = 1_000  # of an epoch, to sum over: a schedule is a function of epochs


def budget_of(training: TrainSettings, *, items: int) -> dict[str, Any]:
    """Clips, steps and summed learning rate of one training on one process, if nothing ends it early.

    Args:
        training: its settings.
        items: the training items, which are an epoch where the settings name no number of clips.

    >>> budget_of(TrainSettings(epochs=2, warmup_epochs=0, clips_per_epoch=320), items=0)
    {'clips_per_epoch': 320, 'epochs': 2, 'clips': 640, 'steps': 20, 'peak_rate': 0.01, 'summed_rate': 0.2}
    """
    clips = training.clips_per_epoch or items
    batch = training.clips_per_step(1)
    steps = max(1, round(clips / batch))
    return {
        "clips_per_epoch": clips,
        "epochs": training.epochs,
        "clips": steps * batch * training.epochs,
        "steps": steps * training.epochs,
        "peak_rate": training.learning_rate,
        "summed_rate": training.learning_rate * steps * _summed_factor(training, min(steps, PARTS)),
    }


@cache
def _summed_factor(training: TrainSettings, parts: int) -> float:
    """The factors of the learning rate, summed over all epochs, each of so many parts; in epochs."""
    factors = (learning_rate_factor(training, step=n, steps_per_epoch=parts) for n in range(training.epochs * parts))
    return sum(factors) / parts


def table_budget(table: Table, place: Place) -> pd.DataFrame:
    """What each row of a table is trained with, at most: first its pretraining, then each finetuning and fc-only.

    At scale paper the data sets are the paper's, whether they are there or not.

    Args:
        table: its rows, downstream sets and protocols.
        place: its scale and settings.

    Returns:
        Columns row, stage, data, modality; clips_per_epoch, epochs, clips, steps, peak_rate and summed_rate (over all
        steps, on one process); reading (whose numbers) and sources (their own totals).
    """
    return pd.DataFrame([*_pretrainings(table, place), *_finetunings(table, place)])


def budget_text(budget: pd.DataFrame) -> str:
    """The same as text, rows of one budget together."""
    told = budget.copy()
    for name in ("clips_per_epoch", "epochs", "clips", "steps"):
        told[name] = told[name].map("{:,.0f}".format)
    for name in ("peak_rate", "summed_rate"):
        told[name] = told[name].map("{:.4g}".format)
    others = [name for name in told if name != "row"]
    joined = told.groupby(others, sort=False, as_index=False)["row"].agg(lambda rows: ", ".join(dict.fromkeys(rows)))
    shown = joined[["row", *others]].to_string(index=False)
    return f"{shown}\nOn one process, and at most: a pretraining ends earlier if its held-out loss saturates first."


def _pretrainings(table: Table, place: Place) -> Iterator[dict[str, Any]]:
    """Of each row on a whole collection; Superv has as many epochs as all iterations together, in one schedule."""
    settings = place.settings.pretraining
    items = SCALES[place.scale][0] if place.scale in RENDERED else 0
    items = round(items * (1 - settings.held_out_fraction))
    for row in table.rows:
        if row in RANDOM:
            continue
        whole = replace(settings.training, epochs=settings.training.epochs * settings.iterations)
        trainings = [whole]
        if row in METHODS:
            own = settings.for_method(METHODS[row])
            trainings = [own.training_of(iteration) for iteration in range(settings.iterations)]
        budgets = [budget_of(training, items=items) for training in trainings]
        summed = {name: sum(budget[name] for budget in budgets) for name in ("epochs", "clips", "steps", "summed_rate")}
        stage = f"pretraining, {len(trainings)} x {trainings[0].epochs} epochs"
        names = {"row": row, "stage": stage, "data": "", "modality": "each"}
        yield {**names, **budgets[0], **summed, "reading": "", "sources": ""}


def _finetunings(table: Table, place: Place) -> Iterator[dict[str, Any]]:
    """Of each row on each data set by each protocol that trains a network."""
    protocols = () if table.localizes else map(find_protocol, table.protocols)
    networks = [protocol for protocol in protocols if protocol.trainable]
    for name, modality, items in _downstreams(table, place):
        evaluation = place.evaluation_on((name, modality))
        sources = SOURCES.get((name, modality), {})
        told = ", ".join(f"{source} {steps:,} steps, {rate:.4g}" for source, (steps, rate) in sources.items())
        for protocol in networks:
            for row in table.rows:
                if modality not in protocol.modalities or modality not in _modalities(row):
                    continue
                full = evaluation.from_scratch if row in RANDOM else evaluation.full
                own = full if protocol.trainable == "all" else evaluation.fc_only
                yield {
                    **{"row": row, "stage": protocol.name, "data": name, "modality": modality},
                    **budget_of(own.training(str(protocol.trainable)), items=items),
                    **{"reading": own.reading, "sources": told if own == evaluation.full else ""},
                }


def _modalities(row: str) -> Collection[str]:
    return METHODS[row].encoders.values() if row in METHODS else MODALITIES


def _downstreams(table: Table, place: Place) -> Iterator[tuple[str, str, int]]:
    """Data set, modality and training items of each; the paper's of a role at scale paper."""
    for role, modality in table.downstreams:
        if role == "labelled" and place.scale in RENDERED:
            yield place.scale, modality, SCALES[place.scale][1]
        elif (role, modality) in _PAPERS:
            yield from ((name, modality, TRAIN_ITEMS[name]) for name in _PAPERS[role, modality])
        elif role not in ROLES:
            found = parse_collection(role)
            known = TRAIN_ITEMS.get(found.data_set)
            yield found.data_set, modality, known or len(next(iter(official_splits(found.items()).values())).train_rows)
