"""How an encoder is trained on its targets: epochs, optimiser, schedule, each with its source (paper 4.1)."""

from dataclasses import dataclass

from xdc_lab.errors import SettingError
from xdc_lab.settings import setting

OPTIMISERS = ("sgd", "adamw")
SCHEDULES = ("plateau", "step", "cosine", "constant")
SAMPLINGS = ("items", "clusters")
TRAINABLE = ("all", "fc")
PRECISIONS = ("auto", "fp32", "tf32", "bf16")
COMPILERS = (None, "inductor", "cudagraphs", "aot_eager", "eager")


@dataclass(frozen=True)
class TrainSettings:
    """Settings of one training; the defaults are the paper's family.

    Raises:
        SettingError: if a value is not one of those allowed.
    """

    epochs: int = setting(45, "VMZ", "the limit; schedule plateau ends earlier when the held-out loss saturates")
    clips_per_epoch: int | None = setting(None, "author", "clips drawn per epoch; None: as many as training items")
    batch_size: int = setting(32, "author", "clips per process and step: more processes are another experiment")
    clips_per_visit: int = setting(
        1, "ours", "clips of an item that are decoded at once, one for each of so many steps in a row; 1: each alone"
    )
    global_batch: int | None = setting(None, "ours", "clips per step of all processes; None: batch_size of each")
    micro_batch: int | None = setting(None, "ours", "clips of one pass; gradients add up, BatchNorm sees these")
    checkpoint_activations: bool = setting(False, "ours", "blocks are computed again going back: less memory")
    optimiser: str = setting("sgd", "VMZ", "sgd (Nesterov) or adamw")
    learning_rate: float = setting(0.01, "VMZ", "of sgd without global_batch: multiplied by the number of processes")
    head_learning_rate: float | None = setting(None, "ours", "None: the same as the encoder's")
    momentum: float = setting(0.9, "VMZ", "of sgd")
    weight_decay: float = setting(1e-4, "VMZ")
    schedule: str = setting(
        "plateau", "author", "until it saturates: x step_factor at a plateau; step: every step_epochs; cosine; constant"
    )
    warmup_epochs: float = setting(10.0, "VMZ", "linear from 0")
    step_epochs: float = setting(10.0, "VMZ")
    step_factor: float = setting(0.1, "VMZ")
    patience: int = setting(3, "ours", "of schedule plateau: epochs without a better held-out loss are a plateau")
    decays: int = setting(1, "ours", "of schedule plateau: so many plateaus lower the rate, the next ends the training")
    min_improvement: float = setting(0.005, "ours", "of the held-out loss, to count as better")
    sampling: str = setting("items", "paper", "items: uniform; clusters: uniform over clusters (SDC's remedies)")
    trainable: str = setting("all", "paper", "all, or fc: the encoder is frozen (Study 5)")
    sync_batchnorm: bool = setting(False, "ours", "BatchNorm over all processes (GPUs); per process, as DDP has it")
    precision: str = setting("auto", "ours", "auto: bf16 autocast on CUDA, fp32 elsewhere; tf32 on CUDA")
    compile: str | None = setting(None, "ours", "inductor: torch.compile; audio on a CPU 1.09 times as fast (LOG)")

    def __post_init__(self):
        for name, allowed in (
            ("optimiser", OPTIMISERS),
            ("schedule", SCHEDULES),
            ("sampling", SAMPLINGS),
            ("trainable", TRAINABLE),
            ("precision", PRECISIONS),
            ("compile", COMPILERS),
        ):
            if getattr(self, name) not in allowed:
                raise SettingError(f"{name}={getattr(self, name)!r}; allowed: {', '.join(map(str, allowed))}")
        for name in ("epochs", "batch_size", "clips_per_visit", "learning_rate", "step_epochs", "patience"):
            if getattr(self, name) <= 0:
                raise SettingError(f"{name}={getattr(self, name)}; it must be above 0")
        for name in ("clips_per_epoch", "global_batch", "micro_batch", "head_learning_rate"):
            if (value := getattr(self, name)) is not None and value <= 0:
                raise SettingError(f"{name}={value}; it must be above 0, or None")

    def clips_per_step(self, processes: int) -> int:
        """Clips of one step, over all processes.

        Raises:
            SettingError: if `global_batch` cannot be shared out evenly.

        >>> TrainSettings().clips_per_step(8), TrainSettings(global_batch=32).clips_per_step(8)
        (256, 32)
        """
        if self.global_batch is None:
            return self.batch_size * processes
        if self.global_batch % processes:
            raise SettingError(
                f"global_batch={self.global_batch} cannot be shared out evenly among {processes} processes; "
                f"give a multiple of {processes}, or another number of processes"
            )
        return self.global_batch

    def rate_factor(self, processes: int) -> int:
        """What the learning rate is multiplied by: VMZ's linear rule is for SGD, and for a batch that grows.

        AdamW divides by the size of the gradient: as many times the rate would not be as many times the batch.

        >>> TrainSettings().rate_factor(8), TrainSettings(optimiser="adamw").rate_factor(8)
        (8, 1)
        """
        return processes if self.optimiser == "sgd" and self.global_batch is None else 1
