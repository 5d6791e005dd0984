"""The numbers of a finetuning and of a test, each with its source, and the dial over them (paper 4.1, 6)."""

from dataclasses import dataclass, fields, replace

from xdc_lab.errors import SettingError
from xdc_lab.evaluation.protocols import Protocol
from xdc_lab.media.clip_settings import AudioClipSettings, VideoClipSettings
from xdc_lab.settings import setting
from xdc_lab.training.settings import TrainSettings


@dataclass(frozen=True)
class FinetuneSettings:
    """How a classifier is trained on downstream labels; the paper's own numbers are in its supplementary.

    The defaults are VMZ's for 32 frames and its 34-layer network. A single run has no held-out labels, so it never
    ends early: the limit is the length.

    Raises:
        SettingError: if a value cannot work.
    """

    reading: str = setting("VMZ", "VMZ", "whose numbers these are: VMZ, SeLaVi (`SELAVI`) or ours")
    epochs: int = setting(8, "VMZ")
    clips_per_epoch: int | None = setting(None, "ours", "None: as many as training items")
    batch_size: int = setting(32, "author", "'in most cases', of the pretraining")
    global_batch: int | None = setting(None, "ours", "clips per step of all processes; None: batch_size of each")
    micro_batch: int | None = setting(None, "ours", "as of the pretraining; a re-training with long clips has it, too")
    checkpoint_activations: bool = setting(False, "ours", "as of the pretraining; a re-training has it, too")
    optimiser: str = setting("sgd", "VMZ", "sgd (Nesterov) or adamw")
    learning_rate: float = setting(1e-4, "VMZ", "UCF101; HMDB51 has 2e-4 there")
    head_learning_rate: float | None = setting(None, "VMZ", "None: as the encoder's")
    weight_decay: float = setting(0.005, "VMZ")
    schedule: str = setting("step", "VMZ", "step, or cosine")
    warmup_epochs: float = setting(0.0, "ours", "the sources name none for finetuning")
    step_epochs: float = setting(2.0, "VMZ")
    step_factor: float = setting(0.1, "VMZ")
    precision: str = setting("auto", "ours", "auto: bf16 autocast on CUDA, fp32 elsewhere")

    def __post_init__(self):
        self.training("all")  # its own checks

    def training(self, trainable: str) -> TrainSettings:
        """The same for the training loop; it never stops early."""
        own = {field.name: getattr(self, field.name) for field in fields(self) if field.name != "reading"}
        return TrainSettings(**own, patience=None, trainable=trainable)


VMZ = FinetuneSettings()
SELAVI = FinetuneSettings(reading="SeLaVi", epochs=12, learning_rate=2.5e-4, head_learning_rate=2.5e-3, step_epochs=4.0)
# A network that nothing was learned before needs what VMZ trains one with, not what it finetunes one with: at 1e-4 and
# eight epochs Scratch would hardly begin to learn, and any pretraining would look good beside it.
FROM_SCRATCH = FinetuneSettings(epochs=45, learning_rate=0.01, weight_decay=1e-4, warmup_epochs=10.0, step_epochs=10.0)
FC_ONLY = FinetuneSettings(reading="ours", learning_rate=1e-2, weight_decay=1e-4)

# What learns in few steps on two cores (see PretrainSettings' demo scale): chosen once, the same for every encoder, on
# the validation split with Scratch and Superv, which none of the compared methods is (LOG.md).
DEMO_FULL = FinetuneSettings(
    reading="ours",
    epochs=40,
    optimiser="adamw",
    learning_rate=3e-3,
    weight_decay=1e-2,
    schedule="cosine",
    warmup_epochs=1.0,
)
# A linear layer alone takes a high rate and many passes: on a random video encoder (seed 0, validation split) it had
# 25 % of the training clips right after 30 epochs at 1e-2, and 41 % with these. One trial, which commit a6bf319 tells
# and LOG.md does not; whether more would be better still was not tried.
DEMO_FC = replace(DEMO_FULL, epochs=60, learning_rate=0.1, weight_decay=1e-4, warmup_epochs=0.0)


@dataclass(frozen=True)
class EvaluationSettings:
    """Everything that decides an evaluation but encoder, data, protocol and seed; the defaults are the paper's.

    Raises:
        SettingError: if a value cannot work.
    """

    test_clips: int = setting(10, "paper", "4.1: uniform, their predictions averaged")
    svm_clips: int = setting(60, "paper", "6: of each DCASE sample")
    svm_c: float | None = setting(None, "ours", "the paper names none; None: chosen on training items, .01 to 10")
    long_frames: int = setting(32, "paper", "6: re-trained, finetuned and tested with")
    store_grid_hz: float | None = setting(None, "ours", "decode each file once, to frames at this rate; None: never")
    full: FinetuneSettings = VMZ
    from_scratch: FinetuneSettings = FROM_SCRATCH
    fc_only: FinetuneSettings = FC_ONLY
    video: VideoClipSettings = VideoClipSettings()
    audio: AudioClipSettings = AudioClipSettings()

    def __post_init__(self):
        for name in ("test_clips", "svm_clips", "svm_c", "long_frames"):
            if (value := getattr(self, name)) is not None and value <= 0:
                raise SettingError(f"{name}={value}; it must be above 0")

    def with_long_clips(self) -> "EvaluationSettings":
        """The same with video clips of `long_frames` frames (paper 6)."""
        return replace(self, video=replace(self.video, frames=self.long_frames))


PAPER = EvaluationSettings()


def settings_read(protocol: Protocol, modality: str) -> set[str]:
    """The fields of `EvaluationSettings` that decide an evaluation by a protocol: the others may differ.

    >>> from xdc_lab.evaluation.protocols import PROTOCOLS
    >>> sorted(settings_read(PROTOCOLS["fc-only"], "audio"))
    ['audio', 'fc_only', 'store_grid_hz', 'test_clips']
    """
    read = {modality, "store_grid_hz", "svm_clips" if protocol.many_clips else "test_clips"}
    if protocol.classifier == "network":
        read.add("full" if protocol.trainable == "all" else "fc_only")
    if protocol.classifier == "svm":
        read.add("svm_c")
    return read | ({"long_frames"} if protocol.long_clips else set())
