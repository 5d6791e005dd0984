"""How a classifier is trained on the labels of each data set, every number with its source (paper 4.1, 4.2).

The paper's own numbers are in its supplementary. VMZ, of overlapping authors, has scripts that finetune videos on
UCF101 and HMDB51, and SeLaVi has one for both; of sounds, of training from scratch on so few videos and of fc-only
there is none. `xdc-lab show --budget` prints what these settings come to.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

from xdc_lab.errors import SettingError
from xdc_lab.settings import setting
from xdc_lab.training.settings import TrainSettings

AFTER, SCRATCH, FROZEN = "ours, after VMZ", "ours, from scratch", "ours, fc-only"
OnData = tuple[str, str]  # a data set as `FINETUNING` calls it, and the modality


@dataclass(frozen=True)
class FinetuneSettings:
    """How a classifier is trained on downstream labels.

    A single run has no held-out labels, so it never ends early: the limit is the length.

    Raises:
        SettingError: if a value cannot work.
    """

    reading: str = setting("VMZ", "VMZ", "whose numbers: VMZ's, SeLaVi's (--set full.reading=SeLaVi) or ours")
    epochs: int = setting(8, "VMZ")
    clips_per_epoch: int | None = setting(None, "ours", "None: as many as training items")
    batch_size: int = setting(32, "VMZ", "4 on each of 8 GPUs; here per process")
    global_batch: int | None = setting(None, "ours", "clips per step of all processes; None: batch_size of each")
    micro_batch: int | None = setting(None, "ours", "as of the pretraining; a re-training with long clips has it, too")
    checkpoint_activations: bool = setting(False, "ours", "as of the pretraining; a re-training has it, too")
    optimiser: str = setting("sgd", "VMZ", "sgd (Nesterov) or adamw")
    learning_rate: float = setting(8e-4, "VMZ", "UCF101: 1e-4 on each of 8 GPUs, which its trainer adds up")
    head_learning_rate: float | None = setting(None, "VMZ", "None: as the encoder's")
    weight_decay: float = setting(0.005, "VMZ")
    schedule: str = setting("step", "VMZ", "step, or cosine")
    warmup_epochs: float = setting(0.0, "VMZ", "its finetuning has none")
    step_epochs: float = setting(2.0, "VMZ")
    step_factor: float = setting(0.1, "VMZ")
    precision: str = setting("auto", "ours", "auto: bf16 autocast on CUDA, fp32 elsewhere")
    renewed_layers: int = setting(0, "ours", "of the encoder's four, counted from the last: drawn anew before; 0: none")

    def __post_init__(self):
        self.training("all")  # its own checks
        if not 0 <= self.renewed_layers <= 4:
            raise SettingError(f"renewed_layers={self.renewed_layers}; an encoder has 4, so 0 (none) to 4 (all)")

    def training(self, trainable: str) -> TrainSettings:
        """The same for the training loop; it never stops early."""
        own = {
            field.name: getattr(self, field.name)
            for field in fields(self)
            if field.name not in ("reading", "renewed_layers")
        }
        return TrainSettings(**own, trainable=trainable)

    def told_sources(self) -> dict[str, tuple[str, str]]:
        """Source and note of what a reading says of a data set, where the defaults' would not be true."""
        notes = NOTES.get(self.reading, {})
        borrowed = [field for field in fields(self) if self.reading in (AFTER, SCRATCH, FROZEN)]
        told = {field.name: ("ours", "as VMZ finetunes videos") for field in borrowed if _is_vmz(field, self)}
        own = {name: notes[name].get(getattr(self, name)) for name in notes}
        return told | {name: note for name, note in own.items() if note}


def _is_vmz(field: Any, settings: FinetuneSettings) -> bool:
    return field.metadata["source"] == "VMZ" and getattr(settings, field.name) == field.default


_SAME = ("ours", "as of the pretrained rows on this data set: the budgets compare")
_NOBODYS = ("ours", "as VMZ has it for HMDB51, the smaller of its two")
# Reading -> setting -> value -> its source and note.
NOTES: dict[str, dict[str, dict[Any, tuple[str, str]]]] = {
    "VMZ": {
        "clips_per_epoch": {
            100_000: ("VMZ", "epoch_size of finetune_ucf101.sh"),
            40_000: ("VMZ", "epoch_size of finetune_hmdb51.sh"),
        },
        "learning_rate": {1.6e-3: ("VMZ", "HMDB51: 2e-4 on each of 8 GPUs, which its trainer adds up")},
    },
    "SeLaVi": {
        "reading": {"SeLaVi": ("SeLaVi", "finetune_video.py")},
        "epochs": {12: ("SeLaVi", "it reports the best of them on the test set; here it is the last")},
        "clips_per_epoch": {
            95_370: ("SeLaVi", "10 of each of UCF101's 9,537 videos"),
            35_700: ("SeLaVi", "10 of each of HMDB51's 3,570 videos"),
        },
        "learning_rate": {2e-3: ("SeLaVi", "base_lr 2.5e-4, which its warm-up multiplies by 8")},
        "head_learning_rate": {2e-2: ("SeLaVi", "head_lr 2.5e-3, which its warm-up multiplies by 8")},
        "warmup_epochs": {2.0: ("SeLaVi", "from an eighth, a step an epoch; here from 0, every step")},
        "step_epochs": {4.0: ("SeLaVi", "lr_milestones 6,10; its scheduler comes to 7 and 11")},
        "step_factor": {0.05: ("SeLaVi", "")},
        "batch_size": {32: ("SeLaVi", "on all GPUs together")},
        "optimiser": {"sgd": ("SeLaVi", "without Nesterov's momentum there")},
        "weight_decay": {0.005: ("SeLaVi", "")},
        "schedule": {"step": ("SeLaVi", "")},
    },
    AFTER: {
        "reading": {AFTER: ("ours", "no script of this data set is known")},
        "clips_per_epoch": {40_000: _NOBODYS},
        "learning_rate": {1.6e-3: _NOBODYS},
    },
    SCRATCH: {
        "reading": {SCRATCH: ("ours", "no script trains from scratch on so few videos or sounds")},
        "epochs": {8: _SAME},
        "clips_per_epoch": {100_000: _SAME, 40_000: _SAME},
        "learning_rate": {0.01: ("ours", "as VMZ trains from scratch on Kinetics, for a batch of 32")},
        "weight_decay": {1e-4: ("ours", "as VMZ trains from scratch on Kinetics")},
        "warmup_epochs": {2.0: ("ours", "VMZ's share from scratch: 10 of 45 epochs")},
        "step_epochs": {2.0: ("ours", "VMZ's share from scratch: 10 of 45 epochs")},
    },
    FROZEN: {
        "reading": {FROZEN: ("ours", "no script learns a layer on a frozen encoder as the paper does")},
        "epochs": {8: ("ours", "as of full finetuning on this data set")},
        "clips_per_epoch": {size: ("ours", "as of full finetuning on this data set") for size in (100_000, 40_000)},
        "learning_rate": {0.01: ("ours", "pretraining's; half of SeLaVi's peak for a head")},
        "weight_decay": {1e-4: ("ours", "as in pretraining")},
    },
}

_UCF101 = FinetuneSettings(clips_per_epoch=100_000)
_HMDB51 = FinetuneSettings(clips_per_epoch=40_000, learning_rate=1.6e-3)
_AFTER_VMZ = replace(_HMDB51, reading=AFTER)
_SELAVI = FinetuneSettings(
    reading="SeLaVi",
    epochs=12,
    learning_rate=2e-3,
    head_learning_rate=2e-2,
    warmup_epochs=2.0,
    step_epochs=4.0,
    step_factor=0.05,
)
READINGS: dict[str, dict[OnData, FinetuneSettings]] = {
    "VMZ": {("UCF101", "video"): _UCF101, ("HMDB51", "video"): _HMDB51},
    "SeLaVi": {
        ("UCF101", "video"): replace(_SELAVI, clips_per_epoch=95_370),
        ("HMDB51", "video"): replace(_SELAVI, clips_per_epoch=35_700),
    },
}

# Scratch sees as many clips in as many steps as the pretrained rows, at the rate that a network needs that has learned
# nothing before: at finetuning's it would hardly begin, and any pretraining would look good beside it.
_FROM_SCRATCH = FinetuneSettings(reading=SCRATCH, learning_rate=0.01, weight_decay=1e-4, warmup_epochs=2.0)
_FC_ONLY = FinetuneSettings(reading=FROZEN, learning_rate=0.01, weight_decay=1e-4)


def _three(full: FinetuneSettings) -> dict[str, FinetuneSettings]:
    """A data set's finetuning, with as many clips for Scratch and for fc-only."""
    clips = full.clips_per_epoch
    scratch, frozen = replace(_FROM_SCRATCH, clips_per_epoch=clips), replace(_FC_ONLY, clips_per_epoch=clips)
    return {"full": full, "from_scratch": scratch, "fc_only": frozen}


OTHERS = _three(_AFTER_VMZ)
FINETUNING: dict[OnData, dict[str, FinetuneSettings]] = {
    ("UCF101", "video"): _three(_UCF101),
    ("HMDB51", "video"): _three(_HMDB51),
    ("ESC50", "audio"): _three(_AFTER_VMZ),
    ("DCASE", "audio"): _three(_AFTER_VMZ),
}
DATA_SETS = tuple(name for name, _ in FINETUNING)

# What learns in few steps on two cores (see PretrainSettings' demo scale): the same for every encoder of a modality,
# chosen on the validation split by a rule written down before, the mean of Scratch, Superv, SDC and XDC (LOG.md).
DEMO_FULL = FinetuneSettings(
    reading="ours",
    epochs=40,
    optimiser="adamw",
    learning_rate=3e-3,
    weight_decay=1e-2,
    schedule="cosine",
    warmup_epochs=1.0,
)
DEMO_FULL_VIDEO = replace(DEMO_FULL, epochs=80, learning_rate=1e-2)
# A linear layer alone takes a high rate and many passes: on a random video encoder (seed 0, validation split) it had
# 25 % of the training clips right after 30 epochs at 1e-2, and 41 % with these. One trial, which commit a6bf319 tells
# and LOG.md does not; whether more would be better still was not tried.
DEMO_FC = replace(DEMO_FULL, epochs=60, learning_rate=0.1, weight_decay=1e-4, warmup_epochs=0.0)


def finetuning_on(data: OnData) -> Mapping[str, FinetuneSettings]:
    """Full finetuning, that of a random encoder and fc-only at scale paper: `EvaluationSettings`' three fields.

    >>> [finetuning_on((name, "video"))["full"].learning_rate for name in ("UCF101", "HMDB51")]
    [0.0008, 0.0016]
    >>> finetuning_on(("my videos", "video"))["full"].reading
    'ours, after VMZ'
    """
    return FINETUNING.get(data, OTHERS)


def find_reading(name: str, data: OnData) -> FinetuneSettings:
    """One of `READINGS` of a data set.

    Raises:
        SettingError: if it has no numbers for that.
    """
    if data not in READINGS[name]:
        there = ", ".join(f"{known} ({modality})" for known, modality in READINGS[name])
        raise SettingError(f"full.reading={name!r} has no numbers for {data[0]} ({data[1]}); it has them for {there}")
    return READINGS[name][data]
