"""One dial for a whole study: the settings of its pretrainings and of its evaluations at a scale (paper 4.1)."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from xdc_lab.evaluation.finetuning import (
    DEMO_FC,
    DEMO_FULL,
    DEMO_FULL_VIDEO,
    READINGS,
    OnData,
    find_reading,
    finetuning_on,
)
from xdc_lab.evaluation.settings import EvaluationSettings
from xdc_lab.pretraining.settings import PretrainSettings, scale_settings
from xdc_lab.settings import change_settings


@dataclass(frozen=True)
class StudySettings:
    """What all cells of a study share, whatever the method: the same budget for each.

    Attributes:
        pretraining: of every method; supervised pretraining trains as many epochs as all iterations together.
        evaluation: of every encoder; on a data set, see `evaluation_settings`.
        ks: the numbers of clusters of Table 2.
        sizes: the numbers of pretraining clips of Tables 3 and 4; None is all there are.
    """

    pretraining: PretrainSettings
    evaluation: EvaluationSettings
    ks: tuple[int, ...] = (64, 128, 256, 512, 1024)
    sizes: tuple[int | None, ...] = (1_000_000, 16_000_000, None)


# What differs between the scales' evaluations; clips and their store follow the pretraining.
_EVALUATIONS: dict[str, EvaluationSettings] = {
    "tiny": EvaluationSettings(
        test_clips=3,
        svm_clips=3,
        long_frames=6,
        full=replace(DEMO_FULL, epochs=1, batch_size=16),
        from_scratch=replace(DEMO_FULL, epochs=1, batch_size=16),
        fc_only=replace(DEMO_FC, epochs=1, batch_size=16),
    ),
    # A demo clip lasts 2.4 s at least: 12 frames at 5 a second are the longest that fit (the paper has 4 times 8).
    "demo": EvaluationSettings(svm_clips=20, long_frames=12, full=DEMO_FULL, from_scratch=DEMO_FULL, fc_only=DEMO_FC),
    "paper": EvaluationSettings(),
}
_DIALS: dict[str, dict[str, tuple]] = {
    "tiny": {"ks": (4, 8), "sizes": (16, None)},
    "demo": {"ks": (4, 8, 16, 32, 64, 128), "sizes": (240, 480, None)},
    "paper": {},
}


def study_settings(scale: str, *, k: int | None = None) -> StudySettings:
    """Settings of a study by its scale; evaluations see the clips that the pretrainings saw.

    Raises:
        SettingError: if there is no such scale.

    >>> study_settings("demo").evaluation.video == study_settings("demo").pretraining.video
    True
    """
    pretraining = scale_settings(scale, k=k)
    evaluation = replace(
        _EVALUATIONS[scale], video=pretraining.video, audio=pretraining.audio, store_grid_hz=pretraining.store_grid_hz
    )
    return StudySettings(pretraining, evaluation, **_DIALS[scale])


def evaluation_settings(scale: str, changes: Mapping[str, Any], *, data: OnData) -> EvaluationSettings:
    """The settings of an evaluation on a data set: it, or its modality, has a finetuning of its own; changes win.

    Args:
        scale: "tiny", "demo" or "paper".
        changes: by name; `full.reading`, if it is one of `READINGS`, is taken whole before the others.
        data: the data set, as `xdc_lab.evaluation.finetuning.FINETUNING` calls it, and the modality.

    Raises:
        SettingError: if there is no such scale or setting, or the reading has no numbers for this data set.

    >>> ucf101 = ("UCF101", "video")
    >>> settings = evaluation_settings("paper", {"full.reading": "SeLaVi", "full.epochs": "3"}, data=ucf101)
    >>> settings.full.epochs, settings.full.learning_rate
    (3, 0.002)
    """
    settings = study_settings(scale).evaluation
    if scale == "paper":
        settings = replace(settings, **finetuning_on(data))
    if scale == "demo" and data[1] == "video":
        settings = replace(settings, full=DEMO_FULL_VIDEO, from_scratch=DEMO_FULL_VIDEO)
    if (reading := changes.get("full.reading")) in READINGS:
        settings = replace(settings, full=find_reading(str(reading), data))
    return change_settings(settings, changes)
