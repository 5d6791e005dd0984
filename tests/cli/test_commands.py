import errno
import io
import json
import os
import sys
from pathlib import Path

import pandas as pd
import pytest
import torch
from typer.testing import CliRunner

from xdc_lab import __version__
from xdc_lab.cli import app
from xdc_lab.encoders import released
from xdc_lab.encoders.catalogue import build_encoder
from xdc_lab.encoders.weights import load_encoder, save_encoder
from xdc_lab.errors import DataError, RunError, SettingError
from xdc_lab.studies.table import Clusters
from xdc_lab.worlds.demo import render
from xdc_lab.worlds.rendering import STAMP_NAME


def run(*words: str) -> str:
    """Call the command line as `main` does, but let errors through."""
    result = CliRunner().invoke(app, list(words), catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout


@pytest.mark.parametrize(("rank", "says"), [("0", "check does not share its work among 2 processes"), ("1", "")])
def test_a_command_that_does_not_share_its_work_is_refused_once(rank, says, monkeypatch):
    for name, value in {"RANK": rank, "WORLD_SIZE": "2", "MASTER_ADDR": "a", "MASTER_PORT": "1"}.items():
        monkeypatch.setenv(name, value)
    result = CliRunner().invoke(app, ["check", "tiny"])
    assert result.exit_code == 2
    assert says in result.stderr and bool(says) == bool(result.stderr)


@pytest.fixture
def old_world(tmp_path: Path, monkeypatch) -> Path:
    """A folder that an older version of the world was rendered into; rendering itself writes an empty file."""

    def touch(clip, folder, world) -> Path:
        path = Path(folder) / clip.path
        path.parent.mkdir(exist_ok=True)
        path.touch()
        return path

    monkeypatch.setattr(render, "render_clip", touch)
    run("demo-set", "--scale", "tiny", "--out", str(tmp_path), "--workers", "1")
    stamp = tmp_path / STAMP_NAME
    stamp.write_text(json.dumps({**json.loads(stamp.read_text()), "world_version": 0}))
    return tmp_path


def test_a_folder_of_an_older_world_is_refused_and_rendered_anew_on_request(old_world):
    first = next(old_world.glob("train/*.mp4"))
    first.write_bytes(b"old")
    words = ["demo-set", "--scale", "tiny", "--out", str(old_world), "--workers", "1"]
    with pytest.raises(DataError, match="the same `xdc-lab demo-set` with --overwrite"):
        run(*words)
    assert first.read_bytes() == b"old"
    assert "items.csv" in run(*words, "--overwrite")
    assert first.read_bytes() == b""
    assert json.loads((old_world / STAMP_NAME).read_text())["world_version"] == render.WORLD_VERSION


def test_digits_are_rendered_beside_the_demo_set(monkeypatch, tmp_path):
    from xdc_lab.worlds.digits import render as digits

    asked = []

    def note(folder, *, recordings, scale, **more) -> Path:
        asked.append((folder, recordings, scale))
        return folder / "items.csv"

    monkeypatch.setenv("XDC_LAB_DATA", str(tmp_path))
    monkeypatch.setattr(digits, "render_digit_set", note)
    assert str(tmp_path / "digits" / "items.csv") in run("digit-set", "--recordings", "spoken")
    run("digit-set", "--recordings", "spoken", "--scale", "tiny")
    assert asked == [(tmp_path / "digits", Path("spoken"), "demo"), (tmp_path / "digits-tiny", Path("spoken"), "tiny")]


def test_the_coupled_set_is_rendered_where_its_name_finds_it(monkeypatch, tmp_path):
    monkeypatch.setenv("XDC_LAB_DATA", str(tmp_path))
    monkeypatch.setattr(render, "render_clip", lambda clip, folder, world: Path(folder) / clip.path)
    run("demo-set", "--scale", "tiny", "--coupled", "--workers", "1")
    stamp = json.loads((tmp_path / "tiny-coupled" / STAMP_NAME).read_text())
    assert (stamp["world"]["scene_coupling"], stamp["world"]["room_coupling"]) == (0.5, 0.5)
    both = ["--video", "tiny-coupled", "--audio", "tiny-coupled"]
    words = ["--plan", "--scale", "tiny", "--seeds", "0", "--pretrain-on", "tiny-coupled", *both]
    printed = run("table", "1", *words, "--out", str(tmp_path))
    assert "tiny-coupled" in printed and "left out" not in printed


@pytest.fixture
def asked(monkeypatch) -> list:
    """The tables and places that the engine was called with, in the place of a study of hours."""
    from xdc_lab.results.rows import COLUMNS
    from xdc_lab.studies import engine

    calls = []

    def note(table, place) -> engine.Outcome:
        calls.append((table, place))
        empty = pd.DataFrame(columns=list(COLUMNS))
        return engine.Outcome(empty, pd.DataFrame(), failed=0)

    monkeypatch.setattr(engine, "run_table", note)
    return calls


def test_every_dimension_of_a_table_can_be_told(asked):
    run("table", "3", "--rows", "XDC,Scratch", "--pretrain-on", "a=/v/a:240", "--pretrain-on", "b.csv")
    table, place = asked[-1]
    assert (table.rows, table.collections) == (("XDC", "Scratch"), ("a=/v/a:240", "b.csv"))
    assert table.seeds == (0, 1, 2) and place.scale == "demo" and place.out == Path("runs")
    words = "--k 128 --k audio=6,video=4 --sizes 240,all --seeds 0-2,7 --encoder resnet3d_18 --splits all"
    more = "--protocols fc-only,32-frames --video v.csv --audio s=/esc --per-class 3 --workers 2 --jobs 3 --threads 1"
    run("table", "1", *words.split(), *more.split(), "--set", "evaluation.test_clips=5", "--scale", "tiny")
    table, place = asked[-1]
    assert table.ks == (Clusters(128), Clusters(video=4, audio=6)) and table.sizes == (240, None)
    assert table.seeds == (0, 1, 2, 7) and table.encoders == ("resnet3d_18",) and table.splits is None
    assert table.protocols == ("fc-only", "32 frames")
    assert table.downstreams == (("v.csv", "video"), ("s=/esc", "audio")) and table.per_class == (3,)
    assert (place.execution.workers, place.jobs, place.threads_each) == (2, 3, 1)
    assert place.settings.evaluation.test_clips == 5


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--seeds", "two"], "no whole number"),
        (["--rows", "XDV"], "did you mean XDC"),
        (["--set", "evaluation.test_clip=5"], "did you mean evaluation.test_clips"),
        (["--set", "evaluation.test_clips=five"], "it is int"),
        (["--protocols", "svm"], "unknown protocol"),
    ],
)
def test_what_a_table_cannot_be_told_is_refused(words, message, asked):
    with pytest.raises(SettingError, match=message):
        run("table", "1", *words)
    assert not asked


def test_a_failed_cell_is_an_exit_code(monkeypatch):
    from xdc_lab.results.rows import COLUMNS
    from xdc_lab.studies import engine

    failed = engine.Outcome(pd.DataFrame(columns=list(COLUMNS)), pd.DataFrame(), failed=2, remarks=("no result",))
    monkeypatch.setattr(engine, "run_table", lambda table, place: failed)
    result = CliRunner().invoke(app, ["table", "1"])
    assert result.exit_code == 1 and "\nno result\n" in result.output and "2 cells failed" in result.output


def test_the_plan_measures_nothing(monkeypatch, tiny_set, tmp_path):
    from xdc_lab.studies import engine

    monkeypatch.setattr(engine, "run_table", lambda *words: pytest.fail("it was measured"))
    words = ["--plan", "--scale", "tiny", "--seeds", "0", "--pretrain-on", str(tiny_set), "--out", str(tmp_path)]
    shown = run("table", "1", *words).splitlines()
    assert len(shown) == 8 + 1 + 28  # a row each, Superv two, and as many cells as Table 1 has
    assert all(line.startswith("to do     xdc-lab ") for line in shown)
    assert not list(tmp_path.iterdir())


def test_pretrain_takes_every_setting_and_show_tells_what_was_changed(tiny_set, tmp_path):
    out, file, odd = tmp_path / "run", tmp_path / "mine.toml", tmp_path / "odd.csv"
    odd.write_text("path,selection\ntrain/train_00000.mp4,odd\n")
    file.write_text("iterations = 1\n[kmeans]\ncenter = true\n[training]\nepochs = 7\n")
    words = ["--data", str(tiny_set), "--scale", "tiny", "--out", str(out), "--k", "audio=3,video=2"]
    words += ["--global-batch", "8", "--without", str(odd)]
    run("pretrain", *words, "--settings", str(file), "--set", "training.epochs=1", "--set", "video_width=4")
    told = json.loads(run("show", str(out), "--json"))
    changed = {name: value for name, (value, _) in told["changed"].items()}
    assert told["scale"] == "tiny"
    assert told["data"]["name"].endswith(" without-odd") and "train_00000" not in (out / "items.csv").read_text()
    assert changed.pop("training.global_batch") == 8
    assert changed == {"iterations": 1, "video_width": 4, "kmeans.center": True, "video_k": 2, "audio_k": 3}
    assert {row["clustering"]: row["k"] for row in told["clusterings"]} == {"audio": 3, "video": 2}
    assert "settings: those of scale tiny, but iterations 1 (not 2)" in run("show", str(out))
    with pytest.raises(SettingError, match="did you mean training.learning_rate"):
        run("pretrain", *words, "--set", "lerning_rate=1")
    with pytest.raises(RunError, match=r"kmeans.center True \(now False\)"):
        run("pretrain", *words)


def test_show_tells_the_budget_of_a_table():
    words = ["show", "--budget", "--table", "7", "--set", "evaluation.full.reading=SeLaVi"]
    shown = run(*words, "--set", "evaluation.full.clips_per_epoch=40000")
    assert "VMZ 25,000 steps, 5.555, SeLaVi 35,760 steps, 35.1" in shown
    (line,) = (line for line in shown.splitlines() if "Superv, XDC full finetuning UCF101" in " ".join(line.split()))
    assert "40,000" in line and "480,000" in line
    with pytest.raises(SettingError, match="ask for --budget"):
        run("show")


def test_the_baselines_are_pretrained_by_the_same_command(tiny_set, tmp_path):
    words = ["--data", str(tiny_set), "--scale", "tiny", "--set", "iterations=1", "--set", "video_width=4"]
    run("pretrain", *words, "--method", "Scratch", "--out", str(tmp_path / "random"))
    shown = run("pretrain", *words, "--method", "Superv", "--out", str(tmp_path / "labels"))
    assert f"next: xdc-lab evaluate {tmp_path / 'labels' / 'audio'}" in shown
    for name, encoders in (("random", ["audio", "video"]), ("labels/video", ["video"]), ("labels/audio", ["audio"])):
        made = sorted(path.stem for path in (tmp_path / name / "encoders").iterdir())
        assert made == encoders
    told = json.loads(run("show", str(tmp_path / "labels" / "audio"), "--json"))
    assert told["kind"] == "supervised" and set(told["changed"]) == {"iterations", "video_width"}
    words = ["--encoder", "audio", "--data", str(tiny_set), "--scale", "tiny", "--protocol", "retrieval"]
    result = json.loads(run("evaluate", str(tmp_path / "random"), *words, "--json"))
    assert result["protocol"] == "retrieval" and 0 <= result["mean"] <= 100


def test_a_collection_of_which_nothing_can_be_used_is_an_exit_code(tmp_path):
    (tmp_path / "empty.mp4").touch()
    result = CliRunner().invoke(app, ["check", str(tmp_path), "--json"])
    assert result.exit_code == 1
    told = json.loads(result.stdout)
    assert told["by_label"] == told["by_split"] == {"": {"usable": 0, "does not decode": 1}}
    assert told["usable"] == 0 and told["rejected"][0]["problem"] == "does not decode"


def test_a_check_says_which_classes_and_splits_were_read(tmp_path):
    for name in ("Training/a.mp4", "Test/b.mp4", "Test/c.mp4"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    told = CliRunner().invoke(app, ["check", str(tmp_path)]).stdout
    assert "\nlabel: (none) 3\nsplit: test 2, train 1\n" in told
    assert "\nwarning: 1 file is in several splits, by content: " in told, "all three are empty"
    for number in range(11):
        (tmp_path / f"class {number:02d}").mkdir()
        (tmp_path / f"class {number:02d}" / "a.mp4").touch()
    told = CliRunner().invoke(app, ["check", str(tmp_path)]).stdout
    assert "class 07 1, ... (13 in all)" in told and "split: (none) 14" in told


def test_a_selection_goes_to_every_command_that_reads_a_collection(tiny_set, tmp_path, monkeypatch):
    from xdc_lab.studies import evaluation_job

    keep, out = tmp_path / "keep.csv", tmp_path / "kept.csv"
    keep.write_text("path,start_seconds\ntrain/train_00000.mp4,\ndownstream_test/downstream_test_00001.mp4,\n")
    given = ["--only", str(keep)]
    told = run("check", str(tiny_set), *given, "--json", "--report", str(tmp_path / "report"))
    assert json.loads(told)["usable"] == 2
    run("sample", str(tiny_set), "--without", str(keep), "--out", str(out))
    assert len(pd.read_csv(out)) == len(pd.read_csv(tiny_set)) - 2
    asked = []
    monkeypatch.setattr(evaluation_job, "evaluate_source", lambda *words, **_: asked.append(words[1]) or 1 / 0)
    save_encoder(build_encoder("audio_resnet_18", width=4), tmp_path / "audio.safetensors", about={})
    with pytest.raises(ZeroDivisionError):
        run("evaluate", str(tmp_path / "audio.safetensors"), "--data", str(tiny_set), "--scale", "tiny", *given)
    assert len(asked[0].items()) == 2 and asked[0].title.endswith(" only-keep")


def test_the_version_is_told():
    assert run("--version").strip() == f"xdc-lab {__version__}"


def test_ctrl_c_says_how_to_go_on(monkeypatch, capsys, tmp_path):
    from xdc_lab import cli
    from xdc_lab.datasets import check

    (tmp_path / "a.mp4").touch()

    def interrupted(*words, **more):
        raise KeyboardInterrupt

    monkeypatch.setattr(check, "check_items", interrupted)
    monkeypatch.setattr(sys, "argv", ["xdc-lab", "check", str(tmp_path)])
    with pytest.raises(SystemExit) as stop:
        cli.main()
    assert stop.value.code == 130
    assert "start the same command again to go on" in capsys.readouterr().err


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EROFS])
def test_a_disk_that_takes_nothing_is_one_line(monkeypatch, capsys, tmp_path, code):
    from xdc_lab import cli
    from xdc_lab.datasets import check

    def full(*words, **more):
        raise OSError(code, os.strerror(code), "a.csv")

    (tmp_path / "a.mp4").touch()
    monkeypatch.setattr(check, "check_items", full)
    monkeypatch.setattr(sys, "argv", ["xdc-lab", "check", str(tmp_path)])
    with pytest.raises(SystemExit) as stop:
        cli.main()
    assert stop.value.code == 1
    told = capsys.readouterr().err.splitlines()
    assert [line for line in told if "a.csv" in line] == told[-1:] and told[-1].startswith("error: ")


def test_a_label_that_the_console_cannot_print_ends_no_command(monkeypatch, tmp_path):
    from xdc_lab import cli

    for label in ("犬", "bell"):
        (tmp_path / label).mkdir()
        (tmp_path / label / "a.mp4").touch()
    console = io.TextIOWrapper(io.BytesIO(), encoding="ascii", write_through=True)
    monkeypatch.setattr(sys, "stdout", console)
    monkeypatch.setattr(sys, "argv", ["xdc-lab", "check", str(tmp_path)])
    with pytest.raises(SystemExit):
        cli.main()
    assert b"label: bell 1, \\u72ac 1" in console.buffer.getvalue()  # type: ignore[attr-defined]


def test_a_recorded_table_is_printed_without_measuring_it(monkeypatch):
    from xdc_lab.studies import engine

    monkeypatch.setattr(engine, "run_table", lambda *words: pytest.fail("it was measured"))
    printed = run("table", "1", "--recorded")
    assert "Table 1, paper and ours" in printed
    assert "Above Scratch, seed by seed" in printed
    assert "recorded with the project" in printed


def test_the_released_checkpoints_are_listed_and_one_is_written_as_an_encoder(monkeypatch, tmp_path):
    assert "xdc_ig65m_random" in run("released")
    with pytest.raises(DataError, match="get it with: curl"):
        run("released", "fs_kinetics")
    path, out = tmp_path / "theirs.pth", tmp_path / "ours.safetensors"
    torch.save(build_encoder("r2plus1d_18", width=8).state_dict(), path)
    entry = released.ReleasedEntry(path.name, "", "made here", width=8)
    monkeypatch.setitem(released.RELEASED, "made", entry)
    assert "audit: missing: fc.weight, fc.bias" in run("released", str(path), "--out", str(out))
    assert load_encoder(out).width == 8


def test_encoders_are_exported_and_give_features(tmp_path, monkeypatch):
    from xdc_lab import feature_files

    asked: dict = {}
    file, shared = tmp_path / "mine.safetensors", tmp_path / "shared"
    save_encoder(build_encoder("audio_resnet_18", width=4), file, about={})
    with pytest.raises(SettingError, match="say what to write: --folder FOLDER, --push OWNER/NAME or --onnx FILE"):
        run("export", str(file))
    assert run("export", str(file), "--folder", str(shared), "--licence", "mit") == f"folder: {shared}\n"
    (tmp_path / "items.csv").write_text("path\na.mp4\n")
    told = feature_files.FeatureFile(tmp_path / "f.npy", {"shape": [1, 32], "rejected": {}})
    monkeypatch.setattr(feature_files, "write_feature_file", lambda *words, **more: asked.update(more) or told)
    shown = run("features", str(shared), str(tmp_path), "--out", "f.npy", "--every", "2", "--paired", "--device", "cpu")
    assert asked["settings"] == feature_files.FeatureFileSettings(2.0, True)
    assert asked["execution"].device == "cpu"
    assert f"--items {tmp_path / 'f.csv'} --audio-features {tmp_path / 'f.npy'}" in shown


def test_localization_is_a_command_of_its_own(tmp_path, monkeypatch):
    from xdc_lab.studies import localization_job

    asked: dict = {}
    monkeypatch.setattr(localization_job, "export_for_gtad", lambda *words, **more: asked.update(more, words=words))
    file = tmp_path / "mine.safetensors"
    save_encoder(build_encoder("r2plus1d_10", width=8), file, about={})
    run("localization", "export", str(file), "--data", "films", "--stride", "8", "--rows-like", "tsn.h5")
    assert asked["words"][1:] == (Path("films"), None)
    assert (asked["windows"].stride_frames, asked["rows_like"]) == (8, Path("tsn.h5"))
    (tmp_path / "segments.csv").write_text("video,split,label,start_seconds,end_seconds\na,test,jump,1,2\n")
    found = {"label": "jump", "score": 0.5, "segment": [1.0, 1.6]}
    (tmp_path / "found.json").write_text(json.dumps({"results": {"a": [found]}}))
    shown = run("localization", "score", str(tmp_path / "found.json"), "--data", str(tmp_path))
    assert shown.startswith("mAP in percent: 100.0 at tIoU 0.3") and "0.0 at tIoU 0.7" in shown


def test_control_letters_of_names_and_labels_reach_no_console(tmp_path):
    for name in ("b\x1b[31m ell/one\ntwo.mp4", "do\rg/three\u202e.mp4", "do\rg/four\x85.mp4"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("no film")
    result = CliRunner().invoke(app, ["check", str(tmp_path), "--workers", "1"])
    shown = [sign for sign in result.output if not sign.isprintable() and sign != "\n"]
    assert result.exit_code == 1 and not shown, shown
    assert r"b\x1b[31m ell/one\ntwo.mp4" in result.stdout and r"label: b\x1b[31m ell 1, do\rg 2" in result.stdout
    with pytest.raises(DataError) as error:
        run("pretrain", "--k", "2", "--data", str(tmp_path), "--out", str(tmp_path / "run"))
    assert r"three\u202e.mp4" in str(error.value) and "\r" not in str(error.value)
