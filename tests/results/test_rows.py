import pandas as pd
import pytest

from xdc_lab.analysis.charts.training import training_curves
from xdc_lab.analysis.result import load_result
from xdc_lab.datasets.items import read_items
from xdc_lab.encoders.catalogue import build_encoder
from xdc_lab.errors import RunError
from xdc_lab.evaluation.benchmark import Benchmark
from xdc_lab.evaluation.engine import evaluate
from xdc_lab.evaluation.protocols import EVALUATION_VERSION, PROTOCOLS
from xdc_lab.evaluation.result import EvaluationResult
from xdc_lab.pretraining.engine import pretrain
from xdc_lab.results.rows import COLUMNS, read_results, record, result_rows, write_results
from xdc_lab.runs.execution import Execution
from xdc_lab.runs.folder import read_lines, write_lines


@pytest.fixture(scope="module")
def evaluation(tiny_set, smallest, tmp_path_factory) -> EvaluationResult:
    return evaluate(
        build_encoder("audio_resnet_18", width=8),
        Benchmark(read_items(tiny_set), data={"name": "tiny"}),
        tmp_path_factory.mktemp("runs") / "evaluated",
        protocol=PROTOCOLS["retrieval"],
        settings=smallest.evaluation,
        origin={"method": "Scratch"},
        execution=Execution(seed=3, progress=False),
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
    assert row["evaluation"] == about["evaluation_version"] == EVALUATION_VERSION
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


def a_row(run: str, **changes) -> dict:
    row = dict.fromkeys(COLUMNS) | {"run": run, "recipe": "table1", "method": "XDC", "k": 32, "seed": 0, "value": 1.0}
    return {**row, "pretraining_size": 960, "protocol": "fc-only", "score": "top1_percent", **changes}


def test_a_cell_that_was_made_anew_takes_its_own_place_in_a_study(tmp_path):
    path = tmp_path / "results.csv"
    random = {"method": "Scratch", "k": None, "pretraining_size": 0}
    write_results([a_row("first"), a_row("random", **random)], path)
    write_results([a_row("again", value=2.0)], path)
    write_results([a_row("random again", **random)], path)
    assert read_results(path)["run"].tolist() == ["again", "random again"]


@pytest.mark.parametrize(
    "changes",
    [{"k": 64}, {"seed": 1}, {"recipe": "table5"}, {"protocol": "retrieval"}, {"score": "recall_1_percent"}],
    ids=str,
)
def test_another_cell_or_seed_stays_beside_it(tmp_path, changes):
    path = tmp_path / "results.csv"
    write_results([a_row("one")], path)
    write_results([a_row("other", **changes)], path)
    assert read_results(path)["run"].tolist() == ["one", "other"]


def test_a_pretraining_has_a_row_for_each_clustering_and_measure(tiny_set, smallest, tmp_path):
    items = read_items(tiny_set).query("split == 'train'").head(16)
    run = pretrain(items, tmp_path / "xdc", settings=smallest.pretraining, execution=Execution(progress=False))
    rows = pd.DataFrame(result_rows(run.path))
    assert sorted(rows["score"]) == [
        "nmi_label, audio clusters",
        "nmi_label, video clusters",
        "purity, audio clusters",
        "purity, video clusters",
    ]
    assert set(rows["pretraining_size"]) == {16}
    assert rows["value"].between(0, 1).all()
    write_lines(run.training_log, read_lines(run.training_log)[1:])
    with pytest.raises(RunError, match="no epoch 1 of video in iteration 0"):
        result_rows(run.path)
    with pytest.raises(RunError, match="records are not whole"):
        training_curves(load_result(run.path))


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


@pytest.mark.parametrize(
    ("content", "words"),
    [(b"", "is empty"), (b"run\ncaf\xe9\n", "not in UTF-8: line 2"), (b"run,run\na,b\n", "'run' twice")],
)
def test_a_file_that_is_no_table_of_results_is_said(tmp_path, content, words):
    (tmp_path / "other.csv").write_bytes(content)
    with pytest.raises(RunError, match=words):
        read_results(tmp_path / "other.csv")


def test_a_table_without_networks_is_of_the_papers(tmp_path):
    pd.DataFrame([a_row("old")]).drop(columns="network").to_csv(tmp_path / "old.csv", index=False)
    assert read_results(tmp_path / "old.csv")["network"].tolist() == ["r2plus1d_18"]
    write_results([a_row("new", network="resnet3d_18")], tmp_path / "old.csv")
    assert read_results(tmp_path / "old.csv")["run"].tolist() == ["old", "new"]


def test_rows_from_before_evaluations_had_versions_say_none(tmp_path):
    pd.DataFrame([a_row("old")]).drop(columns="evaluation").to_csv(tmp_path / "old.csv", index=False)
    write_results([a_row("new", seed=1, evaluation=2)], tmp_path / "old.csv")
    assert read_results(tmp_path / "old.csv")["evaluation"].fillna(0).tolist() == [0, 2]
