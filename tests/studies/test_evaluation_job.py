"""One encoder on one benchmark, as a command evaluates it."""

from dataclasses import replace

import pytest

from xdc_lab.datasets.items import read_items
from xdc_lab.encoders.catalogue import build_encoder
from xdc_lab.encoders.weights import save_encoder
from xdc_lab.errors import DataError, RunError, SettingError
from xdc_lab.evaluation.finetuning import DEMO_FULL_VIDEO, READINGS
from xdc_lab.media.clip_settings import AudioClipSettings
from xdc_lab.media.inputs import describe_inputs
from xdc_lab.pretraining.baselines import pretrain_supervised
from xdc_lab.runs.execution import Execution
from xdc_lab.runs.folder import RunFolder
from xdc_lab.studies import evaluation_job
from xdc_lab.studies.collection import Collection
from xdc_lab.studies.evaluation_job import evaluate_source, find_encoder, settings_for
from xdc_lab.studies.scales import study_settings
from xdc_lab.studies.source import make_source, origin_of, pretrain_row, settings_of

QUIET = Execution(progress=False)


def test_a_file_and_a_run_are_evaluated_in_a_folder_of_their_own(few, smallest, tmp_path):
    file, collection = tmp_path / "a.safetensors", Collection("few", str(few))
    save_encoder(build_encoder("audio_resnet_18", width=8), file, about={})
    words = {"protocol": "retrieval", "settings": smallest.evaluation, "execution": QUIET}
    alone = evaluate_source(find_encoder(file), collection, **words)
    assert alone.run.path.parent == tmp_path
    items = read_items(few).query("split == 'train'").head(16)
    run = pretrain_supervised(items, tmp_path / "run", modality="audio", settings=smallest.pretraining, execution=QUIET)
    result = evaluate_source(find_encoder(run.path, "audio"), collection, validation=True, **words)
    assert result.run.path.parent == run.path / "evaluations"
    assert result.about["encoder"]["about"]["method"] == "Superv"
    assert result.about["origin"]["pretraining_size"] == 16
    assert result.about["validation"] is True


def test_an_encoder_is_evaluated_with_the_clips_that_it_was_trained_on(tmp_path):
    file, collection = tmp_path / "tiny.safetensors", Collection("mine", "/nowhere")
    inputs = describe_inputs("video", video=study_settings("tiny").evaluation.video)
    save_encoder(build_encoder("r2plus1d_10", width=8), file, about={}, inputs=inputs)
    tiny, demo = (study_settings(scale).evaluation for scale in ("tiny", "demo"))
    demo = replace(demo, full=DEMO_FULL_VIDEO, from_scratch=DEMO_FULL_VIDEO)
    assert settings_for(find_encoder(file), "tiny", collection) == tiny
    assert settings_for(find_encoder(file), "demo", collection) == replace(demo, video=tiny.video)
    # Windows of 16 ms, as encoders of earlier versions have them.
    inputs = describe_inputs("audio", audio=AudioClipSettings(window_seconds=0.016, log_mean=-4.0))
    save_encoder(build_encoder("audio_resnet_18", width=8), file, about={}, inputs=inputs)
    audio = settings_for(find_encoder(file), "tiny", collection).audio
    assert (audio.window_seconds, audio.log_mean, audio.mels) == (0.016, -4.0, 40)


def test_a_data_set_has_its_own_finetuning_and_changes_win(tmp_path):
    file, hmdb51 = tmp_path / "video.safetensors", Collection("hmdb51", "/nowhere")
    save_encoder(build_encoder("r2plus1d_10", width=8), file, about={})
    encoder = find_encoder(file)
    assert settings_for(encoder, "paper", hmdb51).full == READINGS["VMZ"]["HMDB51", "video"]
    # A change wins, also where it is another data set's number.
    changed = settings_for(encoder, "paper", hmdb51, {"full.learning_rate": "8e-4"}).full
    assert (changed.learning_rate, changed.clips_per_epoch) == (8e-4, 40_000)
    assert settings_for(encoder, "paper", hmdb51, {"full.reading": "SeLaVi"}).full.epochs == 12
    with pytest.raises(SettingError, match="no numbers for mine"):
        settings_for(encoder, "paper", Collection("mine", "/nowhere"), {"full.reading": "SeLaVi"})


def test_few_labels_have_as_many_steps_as_all(few, smallest, monkeypatch):
    asked = []

    def note(*args, **words):
        asked.append(words["settings"].full)
        raise InterruptedError

    monkeypatch.setattr(evaluation_job, "evaluate", note)
    encoder = evaluation_job.EvaluatedEncoder(build_encoder("audio_resnet_18", width=8), "audio")
    for evaluation in (smallest.evaluation, study_settings("paper").evaluation):
        collection = Collection("few", str(few), per_class=1)
        with pytest.raises(InterruptedError):
            evaluate_source(encoder, collection, "out", settings=evaluation, execution=QUIET)
    assert [full.clips_per_epoch for full in asked] == [32, 40_000]


def test_what_is_no_encoder_is_an_error(tmp_path):
    with pytest.raises(RunError, match="no run folder"):
        find_encoder(tmp_path / "nothing")
    with pytest.raises(DataError, match="get it with: curl"):
        find_encoder("xdc_audioset")
    RunFolder(tmp_path).write_about({"status": "running", "method": {"encoders": {"audio": "audio"}}})
    with pytest.raises(RunError, match=r"\(status: running\) has no encoder 'video' yet; its encoders are audio"):
        find_encoder(tmp_path)


@pytest.fixture(scope="module")
def xdc(few, smallest, tmp_path_factory) -> RunFolder:
    """A pretraining with other numbers of clusters for each modality."""
    from xdc_lab.studies.source import with_choice
    from xdc_lab.studies.table import Clusters

    settings = with_choice(smallest.pretraining, clusters=Clusters.parse("audio=6,video=4"))
    source = make_source("XDC", 0, Collection("few", str(few), clips=24), settings)
    return pretrain_row(source, tmp_path_factory.mktemp("runs") / "XDC", execution=QUIET)


def test_a_file_in_a_runs_folder_is_re_trained_as_its_run_is(xdc, few, smallest, capsys, tmp_path):
    """It was finetuned without a re-training, and nothing said so."""
    collection = Collection("few", str(few))
    settings = replace(smallest.evaluation, full=replace(smallest.evaluation.full, micro_batch=5))
    words = {"protocol": "32-frames", "settings": settings, "execution": Execution()}
    found = find_encoder(xdc.encoder("video"))
    assert found.run is not None and found.name == "video"
    of_file = evaluate_source(found, collection, tmp_path / "file", **words)
    retrained = xdc.path / "retrained" / "video-6-frames" / "run.json"
    before = retrained.stat().st_mtime_ns
    of_run = evaluate_source(find_encoder(xdc.path), collection, tmp_path / "run", **words)
    assert retrained.stat().st_mtime_ns == before
    assert of_file.mean == of_run.mean
    # What long clips need of memory the re-training needs, too.
    assert settings_of(RunFolder(retrained.parent)).training.micro_batch == 5
    assert of_file.about["encoder"] == of_run.about["encoder"]
    alone = tmp_path / "video.safetensors"
    alone.write_bytes(xdc.encoder("video").read_bytes())
    capsys.readouterr()
    evaluate_source(find_encoder(alone), collection, **words)
    assert "no clusters to re-train it on" in capsys.readouterr().err


def test_a_result_says_where_its_encoder_comes_from(xdc, smallest):
    origins = {name: origin_of(xdc, name) for name in ("video", "audio")}
    assert origins["video"] | {"k": None} == origins["audio"] | {"k": None}
    # The video encoder predicts the audio clusters (paper 3.2).
    assert (origins["video"]["k"], origins["audio"]["k"]) == (6, 4)
    assert origins["video"] == {
        "method": "XDC",
        "pretraining": "few",
        "pretraining_size": 24,
        "k": 6,
        "network": "r2plus1d_10",
    }


def test_a_run_tells_its_settings_whole(xdc, smallest):
    assert settings_of(xdc) == replace(smallest.pretraining, audio_k=6, video_k=4)
