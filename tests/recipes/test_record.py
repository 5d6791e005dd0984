import pandas as pd
import pytest

from xdc_lab.datasets.items import read_items
from xdc_lab.encoders.catalogue import build_encoder
from xdc_lab.errors import RunError
from xdc_lab.evaluation.engine import evaluate
from xdc_lab.evaluation.protocols import PROTOCOLS
from xdc_lab.evaluation.result import EvaluationResult
from xdc_lab.pretraining.engine import pretrain
from xdc_lab.recipes.record import COLUMNS, read_results, record, result_rows


@pytest.fixture(scope="module")
def evaluation(tiny_set, smallest, tmp_path_factory) -> EvaluationResult:
    return evaluate(
        build_encoder("audio_resnet_18", width=8),
        read_items(tiny_set),
        tmp_path_factory.mktemp("runs") / "judged",
        protocol=PROTOCOLS["retrieval"],
        settings=smallest.evaluation,
        seed=3,
        data={"name": "tiny"},
        origin={"method": "Scratch"},
        progress=False,
    )


def test_a_row_says_run_commit_recipe_seed_device_and_time(evaluation, tmp_path):
    table = read_results(record(evaluation, tmp_path / "results.csv", recipe="trial"))
    row = table.iloc[0].to_dict()
    about = evaluation.about
    assert list(table.columns) == list(COLUMNS)
    assert (row["run"], row["recipe"], row["seed"]) == (about["id"], "trial", 3)
    assert row["commit"] == about["environment"]["commit"]
    assert row["device"] == about["environment"]["device"]
    assert row["seconds"] == about["wall_seconds"] > 0
    assert row["value"] == pytest.approx(evaluation.mean, abs=1e-3)
    told = [row[name] for name in ("method", "downstream", "modality", "protocol", "splits")]
    assert told == ["Scratch", "tiny", "audio", "retrieval", 1]


def test_the_same_run_again_takes_its_own_place(evaluation, tmp_path):
    path = tmp_path / "results.csv"
    record(evaluation, path)
    other = pd.read_csv(path).assign(run="another")
    pd.concat([pd.read_csv(path), other]).to_csv(path, index=False)
    record(evaluation.run.path, path, recipe="again")
    table = read_results(path)
    assert sorted(table["run"]) == sorted(["another", evaluation.about["id"]])
    assert str(table.set_index("run")["recipe"].to_dict()[evaluation.about["id"]]) == "again"


def test_a_pretraining_has_a_row_for_each_clustering_and_measure(tiny_set, smallest, tmp_path):
    items = read_items(tiny_set).query("split == 'train'").head(16)
    run = pretrain(items, tmp_path / "xdc", settings=smallest.pretraining, progress=False)
    rows = pd.DataFrame(result_rows(run.path))
    assert sorted(rows["score"]) == [
        "nmi_label, audio clusters",
        "nmi_label, video clusters",
        "purity, audio clusters",
        "purity, video clusters",
    ]
    assert set(rows["pretraining_size"]) == {16}
    assert rows["value"].between(0, 1).all()


def test_what_has_no_result_is_an_error(evaluation, tmp_path):
    with pytest.raises(RunError, match="holds no run"):
        result_rows(tmp_path)
    about = evaluation.run.read_about()
    try:
        evaluation.run.write_about({**about, "status": "running"})
        with pytest.raises(RunError, match="is running"):
            result_rows(evaluation.run.path)
    finally:
        evaluation.run.write_about(about)
    (tmp_path / "other.csv").write_text("a,b\n1,2\n")
    with pytest.raises(RunError, match="no column run"):
        read_results(tmp_path / "other.csv")
