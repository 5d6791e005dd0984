from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from xdc_lab.clustering.kmeans import KMeansSettings
from xdc_lab.datasets.catalogue import load_items
from xdc_lab.pretraining.settings import TINY, PretrainSettings
from xdc_lab.runs.execution import Execution


@pytest.fixture(scope="session")
def items(tiny_set: Path) -> pd.DataFrame:
    return load_items(str(tiny_set))


@pytest.fixture(scope="session")
def execution(tmp_path_factory: pytest.TempPathFactory) -> Execution:
    """On a CPU, without bars, with one store for all runs."""
    return Execution(device="cpu", progress=False, store=tmp_path_factory.mktemp("decoded"))


@pytest.fixture(scope="session")
def settings() -> PretrainSettings:
    """Smaller than tiny: a run takes a second or two."""
    return replace(TINY, video_width=4, audio_width=4, kmeans=KMeansSettings(k=6, restarts=1))
