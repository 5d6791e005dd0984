"""The protocols' classifiers: an fc layer by gradient descent, a linear SVM, nearest neighbours (paper 4.1, 6)."""

from collections.abc import Callable

import numpy as np
from jaxtyping import Float, Int
from torch import Tensor, nn

from xdc_lab.encoders.audio_resnet import AudioResNet
from xdc_lab.encoders.encoder import Encoder, renew_last_layers
from xdc_lab.errors import SettingError
from xdc_lab.evaluation.clips import video_level
from xdc_lab.evaluation.linear_svm import fit_linear_svm
from xdc_lab.evaluation.trial import Outcome, Trial
from xdc_lab.runs.seeds import derived_seed
from xdc_lab.shapes import Spectrograms
from xdc_lab.training.loop import Task, train

HEAD = "label"
RECALL_AT = (1, 5, 20)


def classify_by_network(encoder: Encoder, trial: Trial) -> Outcome:
    """Train a new fc layer, with the encoder or on it frozen, and average 10 clips (paper 4.1; Study 5).

    Of several labels each is learned by itself (binary cross-entropy), and what counts is the mean average precision.
    The encoder is changed in place unless it is frozen.
    """
    task = Task(
        dataset=trial.dataset,
        prepare=trial.prepare,
        targets={HEAD: trial.targets},
        classes={HEAD: len(trial.classes)},
        train_rows=trial.split.train_rows,
        held_out_rows=np.array([], dtype=np.int64),
    )
    numbers = {"all": trial.settings.full, "fc": trial.settings.fc_only}[str(trial.protocol.trainable)]
    renew_last_layers(encoder, numbers.renewed_layers, seed=derived_seed(trial.execution.seed, "renewed layers"))
    trained = train(
        encoder,
        task,
        settings=numbers.training(str(trial.protocol.trainable)),
        execution=trial.execution,
        checkpointing=trial.checkpointing,
        description=f"{trial.protocol.name}, split {trial.split.name}",
    )
    activation = nn.Sigmoid() if trial.has_several_labels else nn.Softmax(dim=1)
    network = nn.Sequential(encoder, trained.heads[HEAD], activation)
    clip_probabilities = trial.over_clips(network, trial.split.test_rows, description="test")
    probabilities = video_level(clip_probabilities)
    predicted = probabilities.argmax(1)
    scores = {
        **trial.scores_of(probabilities),
        "train_loss": trained.records[-1]["loss"],
        "train_accuracy_percent": 100.0 * trained.records[-1]["accuracy"],
    }
    kept = None if trial.has_several_labels else clip_probabilities  # 500 classes of 20,000 items' clips: gigabytes
    return trial.outcome(scores, predicted, clip_scores=kept, confidence=probabilities.max(1))


def classify_by_svm(encoder: Encoder, trial: Trial) -> Outcome:
    """Fit a linear SVM to the features of every training clip; a test item's clips' scores are averaged (paper 6)."""
    network = encoder
    if trial.protocol.features == "conv_5":
        if not isinstance(encoder, AudioResNet):
            raise SettingError(f"encoder {encoder.name!r} has no conv_5 features, which {trial.protocol.name!r} reads")
        network = _Conv5(encoder)
    train_rows, test_rows = trial.split.train_rows, trial.split.test_rows
    learned = trial.over_clips(network, train_rows, description="SVM: training clips")
    svm = fit_linear_svm(
        learned,
        trial.targets[train_rows],
        c=trial.settings.svm_c,
        seed=trial.execution.seed,
        device=trial.execution.torch_device,
    )
    clip_scores = svm.scores(trial.over_clips(network, test_rows, description="SVM: test clips"))
    scores = clip_scores.mean(axis=1)
    predicted = scores.argmax(1)
    told = {"top1_percent": trial.top1_percent(predicted), "svm_c": svm.c}
    return trial.outcome(told, predicted, clip_scores=clip_scores, confidence=scores.max(1))


def classify_by_neighbours(encoder: Encoder, trial: Trial) -> Outcome:
    """Find each test item's nearest training items by the cosine of their clips' mean features."""
    train_rows, test_rows = trial.split.train_rows, trial.split.test_rows
    base = trial.over_clips(encoder, train_rows, description="retrieval: training clips").mean(axis=1)
    query = trial.over_clips(encoder, test_rows, description="retrieval: test clips").mean(axis=1)
    order = nearest_first(query, base)
    hits = trial.targets[train_rows][order] == trial.targets[test_rows][:, None]
    scores = {f"recall_{k}_percent": 100.0 * float(hits[:, :k].any(axis=1).mean()) for k in RECALL_AT}
    nearest = train_rows[order[:, 0]]
    return trial.outcome(scores, trial.targets[nearest], nearest=trial.items["path"].to_numpy()[nearest])


CLASSIFIERS: dict[str, Callable[[Encoder, Trial], Outcome]] = {
    "network": classify_by_network,
    "svm": classify_by_svm,
    "neighbours": classify_by_neighbours,
}


def nearest_first(
    query: Float[np.ndarray, "queries dim"], base: Float[np.ndarray, "items dim"]
) -> Int[np.ndarray, "queries items"]:
    """The rows of `base` for each query, the most similar by cosine first; ties in the order of rows."""
    unit_query, unit_base = (x / np.maximum(np.linalg.norm(x, axis=1, keepdims=True), 1e-12) for x in (query, base))
    return np.argsort(-(unit_query @ unit_base.T), axis=1, kind="stable")


class _Conv5(nn.Module):
    """An audio encoder up to its last layer before pooling."""

    def __init__(self, encoder: AudioResNet):
        super().__init__()
        self.encoder = encoder

    def forward(self, spectrograms: Spectrograms) -> Float[Tensor, "batch dim mel_cells time_cells"]:
        return self.encoder.conv_5(spectrograms)
