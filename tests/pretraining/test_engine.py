"""The loop as a user meets it: six methods, kills and resumes, several processes, and losses that do not move."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from safetensors.torch import load_file

from xdc_lab.clustering.clusters_file import load_clusters
from xdc_lab.datasets.clips import ClipDataset
from xdc_lab.datasets.items import read_items
from xdc_lab.errors import ClusteringError, DataError, MediaError, RunError
from xdc_lab.methods import METHODS
from xdc_lab.pretraining.engine import pretrain
from xdc_lab.runs import checkpoint
from xdc_lab.runs.folder import RunFolder, read_lines
from xdc_lab.training.loop import train

GOLDEN_LOSSES = {"video": 1.78858, "audio": 1.76191}


class Killed(BaseException):
    """Stands for SIGKILL: nothing in the package catches it."""


@pytest.fixture(scope="module")
def undisturbed(items, settings, execution, tmp_path_factory) -> RunFolder:
    out = tmp_path_factory.mktemp("runs") / "undisturbed"
    return pretrain(items, out, settings=settings, execution=execution)


@pytest.mark.parametrize("name", METHODS)
def test_every_method_runs_and_leaves_the_same_kind_of_folder(name, items, settings, execution, tmp_path):
    method = METHODS[name]
    once = replace(settings, iterations=1)
    run = pretrain(items, tmp_path / "run", method=method, settings=once, execution=execution)
    rows = read_items(run.items)
    for clustering in method.clusterings_needed:
        for iteration in (0, 1):
            clusters = load_clusters(run.clusters(clustering, iteration=iteration))
            assert len(clusters.assignment) == len(rows)
            assert (clusters.sizes > 0).all()
    for encoder in method.encoders:
        assert np.load(run.features(encoder)).shape == (len(rows), 32)
        assert load_file(run.encoder(encoder))
    trained = [(row["iteration"], row["encoder"]) for row in read_lines(run.training_log)]
    assert trained == [(0, encoder) for encoder in method.encoders]
    assert run.read_about()["status"] == "finished"


def test_every_training_has_heads_an_order_and_crops_of_its_own(items, settings, execution, tmp_path, monkeypatch):
    """Fresh heads in every iteration (paper 3.1): each training has a seed of its own."""
    seeds: list[int] = []

    def note(*words, **more):
        seeds.append(more["execution"].seed)
        return train(*words, **more)

    monkeypatch.setattr("xdc_lab.pretraining.engine.train", note)
    pretrain(items, tmp_path / "run", settings=replace(settings, iterations=2), execution=execution)
    assert len(seeds) == len(set(seeds)) == 4


def test_each_encoder_has_a_head_for_each_clustering_that_supervises_it(
    items, settings, execution, tmp_path, monkeypatch
):
    seen: list[dict[str, float]] = []
    monkeypatch.setattr("xdc_lab.pretraining.engine.collapsed_training", lambda record, **_: seen.append(record))
    once = replace(settings, iterations=1)
    pretrain(items, tmp_path / "run", method=METHODS["MDC"], settings=once, execution=execution)
    # Two heads over 6 classes each start at log 6 apiece, and one epoch of 4 small steps stays near.
    assert [record["loss"] for record in seen] == [pytest.approx(2 * np.log(6), rel=0.2)] * 2


def test_broken_files_are_named_and_kept_out(undisturbed):
    rejected = read_items(undisturbed.rejected)
    assert set(rejected["problem"]) == {"no audio track", "no video track", "does not decode"}
    assert not set(rejected["path"]) & set(read_items(undisturbed.items)["path"])


def test_only_the_training_split_is_used_and_labels_only_measure(undisturbed, items, settings, execution, tmp_path):
    assert set(read_items(undisturbed.items)["split"]) == {"train"}
    unlabelled = items.assign(label="")
    run = pretrain(unlabelled, tmp_path / "run", settings=settings, execution=execution)
    last = settings.iterations
    for clustering in ("video", "audio"):
        with_labels = load_clusters(undisturbed.clusters(clustering, iteration=last))
        without = load_clusters(run.clusters(clustering, iteration=last))
        assert np.array_equal(with_labels.assignment, without.assignment)
    assert all(row["purity"] is None and row["nmi_label"] is None for row in read_lines(run.clusterings_log))


@pytest.mark.parametrize(("saves", "damaged"), [(1, None), (2, None), (3, "iteration_00/video.npz")])
def test_a_killed_run_ends_with_the_same_bits(
    saves, damaged, undisturbed, items, settings, execution, tmp_path, monkeypatch
):
    """Also where a clusters file was damaged meanwhile: it is made anew."""

    def damage(run: RunFolder) -> None:
        if damaged:
            path = run.path / "clusters" / damaged
            path.write_bytes(path.read_bytes()[:200])

    words = {"settings": settings, "execution": execution}
    run = killed_and_resumed(items, tmp_path / "run", saves=saves, monkeypatch=monkeypatch, in_between=damage, **words)
    assert_same_results(run, undisturbed, settings.iterations)
    assert ("made anew of the run's features" in run.about.read_text()) == bool(damaged)


def test_clusters_that_are_no_longer_learned_are_no_reason_to_stop(items, settings, execution, tmp_path, monkeypatch):
    def damage(run: RunFolder) -> None:
        run.clusters("audio", iteration=0).write_bytes(b"")

    run = killed_and_resumed(
        items,
        tmp_path / "run",
        saves=4,
        monkeypatch=monkeypatch,
        in_between=damage,
        settings=settings,
        execution=execution,
    )
    compared = [row["nmi_previous"] is not None for row in read_lines(run.clusterings_log)]
    assert compared == [False] * 4 + [True] * 2
    assert "not compared with the clusters before" in run.about.read_text()


def test_sdc_clusters_after_each_epoch_and_survives_a_kill_in_between(
    items, settings, execution, tmp_path, monkeypatch
):
    """DeepCluster's schedule (paper 3.1): the rate and the optimiser's moments go on over a clustering."""
    training = replace(settings.training, epochs=2)
    after_each_epoch = replace(settings.remedies, recluster_epochs=1)
    words = {
        "method": METHODS["SDC"],
        "settings": replace(settings, iterations=1, training=training, remedies=after_each_epoch),
        "execution": execution,
    }
    whole = pretrain(items, tmp_path / "whole", **words)
    trained = [(row["iteration"], row["encoder"], row["epoch"]) for row in read_lines(whole.training_log)]
    assert trained == [(0, "video", 1), (0, "audio", 1), (1, "video", 2), (1, "audio", 2)]
    told = {row["name"]: row["value"] for row in whole.read_about()["settings"]}
    assert (told["kmeans.whiten"], told["training.sampling"], told["recluster_epochs"]) == (True, "clusters", 1)
    run = killed_and_resumed(items, tmp_path / "run", saves=5, monkeypatch=monkeypatch, **words)
    assert_same_results(run, whole, 2)


def test_it_ends_when_the_clusterings_have_converged(items, settings, execution, tmp_path, monkeypatch):
    patient = replace(settings, iterations=9, until_converged=True)
    monkeypatch.setattr("xdc_lab.pretraining.engine.converged", lambda rows: rows[-1]["iteration"] == 2)
    run = pretrain(items, tmp_path / "run", settings=patient, execution=execution)
    assert read_lines(run.clusterings_log)[-1]["iteration"] == 2
    assert run.read_about()["status"] == "finished"


def killed_and_resumed(items, out: Path, *, saves: int, monkeypatch, in_between=None, **words) -> RunFolder:
    """Killed right after its n-th checkpoint was written, and right before the next, then started again."""
    left = [saves]

    def save_then_die(path, tensors, *, state):
        if left[0] == 0:
            raise Killed
        left[0] -= 1
        checkpoint.save_checkpoint(path, tensors, state=state)

    monkeypatch.setattr("xdc_lab.pretraining.engine.save_checkpoint", save_then_die)
    with pytest.raises(Killed):
        pretrain(items, out, **words)
    monkeypatch.undo()
    if in_between:
        in_between(RunFolder(out))
    return pretrain(items, out, **words)


def assert_same_results(run: RunFolder, other: RunFolder, iterations: int) -> None:
    for name in ("video", "audio"):
        for iteration in range(iterations + 1):
            mine, theirs = (load_clusters(r.clusters(name, iteration=iteration)) for r in (run, other))
            assert np.array_equal(mine.assignment, theirs.assignment)
            assert np.array_equal(mine.centroids, theirs.centroids)
        mine, theirs = load_file(run.encoder(name)), load_file(other.encoder(name))
        assert all((mine[key] == theirs[key]).all() for key in theirs)
    untimed = [{key: value for key, value in row.items() if not is_timed(key)} for row in read_lines(run.training_log)]
    assert untimed == [
        {key: value for key, value in row.items() if not is_timed(key)} for row in read_lines(other.training_log)
    ]
    assert read_lines(run.clusterings_log) == read_lines(other.clusterings_log)


def test_a_finished_run_is_left_alone(undisturbed, items, settings, execution):
    before = undisturbed.about.read_text()
    pretrain(items, undisturbed.path, settings=settings, execution=execution)
    assert undisturbed.about.read_text() == before


def test_another_run_in_the_folder_is_refused(undisturbed, items, settings, execution):
    with pytest.raises(RunError, match=r"another run: its seed is 0 \(now 1\)"):
        pretrain(items, undisturbed.path, settings=settings, execution=replace(execution, seed=1))


def test_nothing_usable_is_an_error_that_counts(items, settings, execution, tmp_path):
    broken = items[items["path"].str.contains("silent|truncated|sound_only")].reset_index(drop=True)
    few = replace(settings, kmeans=replace(settings.kmeans, k=2))
    with pytest.raises(DataError, match="no item can be used"):
        pretrain(broken, tmp_path / "run", settings=few, execution=execution)


def test_more_clusters_than_items_are_refused_before_anything_is_decoded(items, settings, execution, tmp_path):
    with pytest.raises(ClusteringError, match=r"k=6 .*5 can be used; .*--k"):
        pretrain(
            items.head(5).assign(path="/no/such/file.mp4"), tmp_path / "run", settings=settings, execution=execution
        )
    assert not RunFolder(tmp_path / "run").items.exists()


def test_files_that_vanish_are_replaced_and_said(items, settings, execution, tmp_path, monkeypatch):
    """After the check, one film is gone; the run ends, and its report names it."""
    gone = str(next(path for path in items["path"] if "train" in path))
    real = ClipDataset.clip_at

    def vanished(self, index, *words):
        if self.spans[index].path == gone:
            raise MediaError(gone, "does not decode (No such file or directory)")
        return real(self, index, *words)

    monkeypatch.setattr(ClipDataset, "clip_at", vanished)
    run = pretrain(items, tmp_path / "run", settings=replace(settings, iterations=1), execution=execution)
    replaced = sum(row["clips_replaced"] for row in read_lines(run.training_log))
    assert replaced > 0
    (warning,) = (text for text in run.read_about()["warnings"] if "could not be read" in text)
    assert warning.startswith("1 file ") and f" {replaced} training clips" in warning
    assert np.isfinite(np.load(run.features("audio"))).all()


def run_program(tiny_set: Path, out: Path, *launcher: str) -> RunFolder:
    program = Path(__file__).parent / "two_processes.py"
    subprocess.run([sys.executable, *launcher, str(program), str(tiny_set), str(out)], check=True, timeout=240)
    return RunFolder(out)


@pytest.fixture(scope="module")
def alone(tiny_set, tmp_path_factory) -> RunFolder:
    """A run in a process of its own: what other tests loaded cannot change its arithmetic."""
    return run_program(tiny_set, tmp_path_factory.mktemp("runs") / "alone")


def test_the_losses_are_those_of_the_golden_run(alone):
    """A change that moves these numbers changes the training: say so in the commit, with a table of both."""
    losses = {row["encoder"]: row["loss"] for row in read_lines(alone.training_log)}
    assert losses == pytest.approx(GOLDEN_LOSSES, rel=2e-3)


def test_two_processes_find_the_clusters_of_one(alone, tiny_set, tmp_path):
    """An odd number of items; torchrun, gloo."""
    run = run_program(
        tiny_set, tmp_path / "run", "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"
    )
    assert len(read_items(run.items)) % 2 == 1
    for name in ("video", "audio"):
        ours, theirs = (load_clusters(r.clusters(name, iteration=0)).assignment for r in (run, alone))
        assert np.array_equal(ours, theirs)
        assert np.isfinite(np.load(run.features(name))).all()
    assert run.read_about()["environment"]["processes"] == 2
    assert run.read_about()["status"] == "finished"


def is_timed(key: str) -> bool:
    """Whether a number of an epoch is another in each run."""
    return "second" in key or key in ("data_share", "step_share")
