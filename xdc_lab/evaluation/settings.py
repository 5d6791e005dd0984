"""The numbers of an evaluation, each with its source (paper 4.1, 6)."""

from dataclasses import dataclass, replace

from xdc_lab.datasets.failures import UNREADABLE_SHARE, demand_share
from xdc_lab.errors import SettingError
from xdc_lab.evaluation.finetuning import OTHERS, FinetuneSettings
from xdc_lab.evaluation.protocols import Protocol
from xdc_lab.media.clip_settings import AudioClipSettings, VideoClipSettings
from xdc_lab.settings import setting


@dataclass(frozen=True)
class EvaluationSettings:
    """Everything that decides an evaluation but encoder, data, protocol and seed; the defaults are the paper's.

    Its finetuning is that of a data set that `xdc_lab.evaluation.finetuning` does not name.

    Raises:
        SettingError: if a value cannot work.
    """

    test_clips: int = setting(10, "paper", "4.1: uniform, their predictions averaged")
    svm_clips: int = setting(60, "paper", "6: of each DCASE sample")
    svm_c: float | None = setting(None, "ours", "the paper names none; None: chosen on training items, .01 to 10")
    long_frames: int = setting(32, "paper", "6: re-trained, finetuned and tested with")
    store_grid_hz: float | None = setting(
        None, "ours", "decode each file once: frames at this rate, log-mels; None: never"
    )
    unreadable_share: float = setting(
        UNREADABLE_SHARE, "ours", "of the files may fail after the check; more end the run"
    )
    full: FinetuneSettings = OTHERS["full"]
    from_scratch: FinetuneSettings = OTHERS["from_scratch"]
    fc_only: FinetuneSettings = OTHERS["fc_only"]
    video: VideoClipSettings = VideoClipSettings()
    audio: AudioClipSettings = AudioClipSettings()

    def __post_init__(self):
        for name in ("test_clips", "svm_clips", "svm_c", "long_frames"):
            if (value := getattr(self, name)) is not None and value <= 0:
                raise SettingError(f"{name}={value}; it must be above 0")
        demand_share(self.unreadable_share)

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
