"""A folder to share has weights, description and a card, and loads as the encoder that it was made of."""

import shutil
from pathlib import Path
from typing import Any

import huggingface_hub
import pytest
import torch
import yaml

from xdc_lab.encoders.catalogue import build_encoder
from xdc_lab.encoders.released import RELEASED
from xdc_lab.encoders.weights import load_encoder, save_encoder
from xdc_lab.errors import RunError, SettingError
from xdc_lab.evaluation.settings import EvaluationSettings
from xdc_lab.media.inputs import describe_inputs
from xdc_lab.publishing import model_card as cards
from xdc_lab.publishing.shared_folder import push_to_hub, save_pretrained
from xdc_lab.runs.execution import Execution
from xdc_lab.runs.folder import RunFolder
from xdc_lab.runs.opening import describe_run


@pytest.fixture
def run(tmp_path: Path) -> RunFolder:
    """A finished pretraining, as its records say, with a video encoder."""
    run = RunFolder(tmp_path / "somewhere" / "run")
    data = {"name": "films", "path": str(tmp_path / "private"), "licence": "CC BY 4.0"}
    about = describe_run("pretrain", "XDC", settings=EvaluationSettings(), execution=Execution(3), data=data)
    method = {"encoders": {"video": "video"}, "supervision": {"video": ["audio"]}}
    run.write_about({**about, "status": "finished", "method": method, "items": {"count": 12}})
    described = {"run": about["id"], "method": "XDC", "encoder": "video", "seed": 3}
    network = build_encoder("r2plus1d_10", width=4, seed=3)
    save_encoder(network, run.encoder("video"), about=described, inputs=describe_inputs("video"))
    return run


def front_matter(card: str) -> dict:
    return yaml.safe_load(card.split("---\n")[1])


def test_it_loads_as_what_it_was_made_of(run, tmp_path):
    folder = save_pretrained(run.path, tmp_path / "shared")
    assert sorted(path.name for path in folder.iterdir()) == ["README.md", "config.json", "model.safetensors"]
    one, other = load_encoder(run.path), load_encoder(folder)
    assert all(torch.equal(value, other.state_dict()[name]) for name, value in one.state_dict().items())


def test_the_card_says_what_a_user_must_know(run, tmp_path, monkeypatch):
    row = {"downstream": "UCF101", "protocol": "fc only", "score": "top1_percent", "value": 61.25, "seed": 3}
    evaluation = RunFolder(run.path / "evaluations" / "video-UCF101-fc-only-s3")
    for status in ("running", "finished"):
        evaluation.write_about({"kind": "evaluate", "status": status})
        monkeypatch.setattr(cards, "result_rows", lambda _: [row])
        card = cards.model_card(run.encoder("video"), name="lab/films", licence="cc-by-4.0")
        assert ("61.25" in card) is (status == "finished")
    told = front_matter(card)
    assert (told["license"], told["library_name"], told["pipeline_tag"]) == (
        "cc-by-4.0",
        "xdc-lab",
        "feature-extraction",
    )
    assert {"video", "XDC", "r2plus1d_10"} < set(told["tags"])
    assert told["model-index"][0]["results"][0]["metrics"][0]["value"] == 61.25
    data: Any = huggingface_hub.ModelCard(card).data  # the hub's own reader
    assert data.eval_results[0].dataset_name == "UCF101" and data.model_name == "films"
    for words in ('load_encoder("lab/films")', "| items | 12 |", "clusters of | audio", "CC BY 4.0", "1911.12667"):
        assert words in card
    assert r"| test\_clips | 10 | paper |" in card and "paper: the paper's own text" in card
    assert str(tmp_path) not in card


def test_a_file_that_stands_alone_has_what_it_says_of_itself(run, tmp_path):
    alone = tmp_path / "alone.safetensors"
    shutil.copy(run.encoder("video"), alone)
    card = cards.model_card(alone, name="alone")
    assert front_matter(card)["license"] == "unknown" and "model-index" not in front_matter(card)
    assert "None have been measured" in card and "## Settings" not in card
    entry = RELEASED["xdc_audioset"]
    save_encoder(build_encoder("r2plus1d_10", width=4), alone, about={"run": entry.file, "method": entry.pretraining})
    card = cards.model_card(alone, name="theirs")
    assert front_matter(card)["license"] == "mit" and "| UCF101 |" in card and "93.0" in card


@pytest.fixture
def pushed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where a hub keeps what is pushed."""

    def upload(self, *, repo_id: str, folder_path: Path, commit_message: str) -> str:
        return str(shutil.copytree(folder_path, tmp_path / "hub" / repo_id))

    monkeypatch.setattr(huggingface_hub.HfApi, "create_repo", lambda self, name, **words: None)
    monkeypatch.setattr(huggingface_hub.HfApi, "upload_folder", upload)
    return tmp_path / "hub"


def test_what_is_pushed_loads(run, pushed, tmp_path):
    push_to_hub(run.path, "lab/films", licence="mit")
    assert load_encoder(pushed / "lab" / "films").width == 4
    assert 'load_encoder("lab/films")' in (pushed / "lab" / "films" / "README.md").read_text()
    folder = save_pretrained(run.path, tmp_path / "edited")
    (folder / "README.md").write_text("my own card\n")
    push_to_hub(folder, "lab/own")
    assert (pushed / "lab" / "own" / "README.md").read_text() == "my own card\n"


def test_a_push_that_fails_is_one_line(run, monkeypatch):
    def refuse(*_: object, **__: object) -> None:
        raise OSError("401 Client Error\nRequest ID 7")

    monkeypatch.setattr(huggingface_hub.HfApi, "create_repo", refuse)
    with pytest.raises(RunError, match="^lab/films: 401 Client Error$"):
        push_to_hub(run.path, "lab/films")
    for name in ("films", "a/b/c", "lab/films@main"):
        with pytest.raises(SettingError, match="write OWNER/NAME"):
            push_to_hub(run.path, name)
