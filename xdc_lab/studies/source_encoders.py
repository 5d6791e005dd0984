"""A source in, its encoder out, pretrained if that has not been done (paper 4.1)."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from xdc_lab.datasets.catalogue import describe_data
from xdc_lab.datasets.items import read_items
from xdc_lab.datasets.store_filling import digest
from xdc_lab.encoders.encoder import Encoder
from xdc_lab.errors import SettingError
from xdc_lab.methods import METHODS
from xdc_lab.pretraining.baselines import pretrain_supervised, random_encoder
from xdc_lab.pretraining.engine import pretrain
from xdc_lab.pretraining.preparation import prepare_material, usable_items
from xdc_lab.runs.folder import RunFolder
from xdc_lab.studies.sources import RANDOM, Collection, Place, Source

Row = dict[str, Any]


def encoder_of(source: Source, modality: str, place: Place) -> tuple[Encoder | Path, RunFolder | None]:
    """A source's encoder, made if it is not there, and the run that made it; None for a random one."""
    if source.method in RANDOM:
        random = random_encoder(modality, settings=place.settings.pretraining, seed=source.seed)
        return random, None
    if source.method not in METHODS:
        run = _supervised(source, modality, place)
        return run.encoder(modality), run
    run = _pretrained(source, place)
    return run.encoder(name_in_run(source, modality)), run


def name_in_run(source: Source, modality: str) -> str:
    """What a method's run calls its encoder for a modality: the first, where it has two."""
    return next(name for name, kind in METHODS[source.method].encoders.items() if kind == modality)


def origin_of(source: Source, place: Place, pretraining: RunFolder | None) -> Row:
    """What a result says of where its encoder comes from."""
    return {
        "recipe": place.recipe,
        "method": source.method,
        "pretraining": source.collection.name if source.collection else "none",
        "pretraining_size": _size(source, pretraining),
        "k": clusters_of(source, place),
    }


def clusters_of(source: Source, place: Place) -> int | None:
    """The number of clusters; None where nothing is clustered."""
    return (source.k or place.settings.pretraining.kmeans.k) if source.method in METHODS else None


def fill_pretraining_stores(sources: Sequence[Source], place: Place) -> None:
    """Decode once what the pretrainings of some sources will read."""
    settings = place.settings
    for collection in dict.fromkeys(source.collection for source in sources if source.collection):
        items = collection.items()
        # A folder that grew is another.
        run = RunFolder(place.store / "check" / digest(items["path"].tolist()))
        usable = usable_items(items, run, settings=settings.pretraining, progress=place.progress)
        prepare_material(
            usable, run, modalities=set(), settings=settings.pretraining, seed=0, store_folder=place.store
        )


def _size(source: Source, pretraining: RunFolder | None) -> int:
    """Clips pretrained on: as many as were asked for, so that two collections pair; where all were, the usable ones.

    A collection that has fewer than were asked for says how many it has.
    """
    if pretraining is None or source.collection is None:
        return 0
    asked_for = source.collection.clips is not None
    return len(source.collection.items() if asked_for else read_items(pretraining.items))


def _pretrained(source: Source, place: Place) -> RunFolder:
    settings, k = place.settings.pretraining, clusters_of(source, place)
    collection = _collection(source)
    return pretrain(
        collection.items(),
        place.out / source.folder(place.scale),
        method=METHODS[source.method],
        settings=replace(settings, kmeans=replace(settings.kmeans, k=k)),
        seed=source.seed,
        data=describe_data(collection.data),
        device=place.device,
        store_folder=place.store,
        progress=place.progress,
    )


def _supervised(source: Source, modality: str, place: Place) -> RunFolder:
    collection, folder = _collection(source), source.folder(place.scale)
    return pretrain_supervised(
        collection.items(),
        place.out / folder.with_name(f"{folder.name}-{modality}"),
        modality=modality,
        settings=place.settings.pretraining,
        seed=source.seed,
        data=describe_data(collection.data),
        device=place.device,
        store_folder=place.store,
        progress=place.progress,
    )


def _collection(source: Source) -> Collection:
    if source.collection is None:
        raise SettingError(f"row {source.method!r} is pretrained on nothing")
    return source.collection
