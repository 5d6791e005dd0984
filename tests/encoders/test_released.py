"""The released checkpoints' loader, on files made in their layout and on wrong ones; the real files are not here."""

import hashlib
import pickle
from pathlib import Path

import pytest
import torch
import torchvision

from xdc_lab.encoders.catalogue import build_encoder
from xdc_lab.encoders.released import (
    ADDRESS,
    INPUTS,
    RELEASED,
    ReleasedEntry,
    load_released,
    released_report,
    released_table,
)
from xdc_lab.encoders.weights import describe_encoder, load_encoder
from xdc_lab.errors import DataError
from xdc_lab.media import inputs


def entry_of(path: Path, *, width: int = 8) -> ReleasedEntry:
    return ReleasedEntry(path.name, hashlib.sha256(path.read_bytes()).hexdigest()[:8], "made here", width=width)


def made(path: Path, *, width: int = 8, change=None) -> Path:
    """Write a checkpoint in the released layout: torchvision's names, no head."""
    weights = build_encoder("r2plus1d_18", width=width, seed=3).state_dict()
    torch.save(change(weights) if change else weights, path)
    return path


def test_the_table_is_the_authors():
    assert {entry.file for entry in RELEASED.values()} == {
        "r2plus1d_18_xdc_ig65m_kinetics-f24f6ffb.pth",
        "r2plus1d_18_xdc_ig65m_random-189d23f4.pth",
        "r2plus1d_18_xdc_audioset-f29ffe8f.pth",
        "r2plus1d_18_fs_kinetics-622bdad9.pth",
        "r2plus1d_18_fs_imagenet-ff446670.pth",
    }
    assert [(row["UCF101"], row["HMDB51"]) for row in released_table()] == [
        (95.5, 68.9),
        (94.6, 66.5),
        (93.0, 63.7),
        (94.2, 65.1),
        (84.0, 48.1),
    ]
    assert RELEASED["xdc_audioset"].url.endswith("/model_weights/r2plus1d_18_xdc_audioset-f29ffe8f.pth")


def test_the_normalisation_is_the_one_of_the_data_path():
    assert (tuple(INPUTS["mean"]), tuple(INPUTS["std"])) == (inputs.RGB_MEAN, inputs.RGB_STD)


def test_a_checkpoint_of_full_size_loads_and_only_the_head_is_missing(tmp_path):
    path = made(tmp_path / "full.pth", width=64)
    released = load_released(path, entry=entry_of(path, width=64))
    assert released.audit.missing == ("fc.weight", "fc.bias")
    assert not released.audit.unexpected
    assert not released.audit.misshapen
    assert not released.encoder.training
    expected = build_encoder("r2plus1d_18", width=64, seed=3).state_dict()
    assert all(torch.equal(value, expected[name]) for name, value in released.encoder.state_dict().items())
    assert "momentum 0.1" in released.batch_norm


def test_a_name_is_looked_for_in_the_folder(tmp_path):
    with pytest.raises(DataError, match=r"curl -L --create-dirs -o .*xdc_audioset-f29ffe8f.pth https://github.com"):
        load_released("xdc_audioset", folder=tmp_path)


def test_an_unknown_name_lists_the_known_ones():
    with pytest.raises(DataError, match="one of xdc_ig65m_kinetics, xdc_ig65m_random"):
        load_released("xdc_kinetics")


def test_a_released_name_with_another_hash_is_refused(tmp_path):
    made(tmp_path / RELEASED["fs_imagenet"].file)
    for asked in ("fs_imagenet", tmp_path / RELEASED["fs_imagenet"].file):
        with pytest.raises(DataError, match="damaged or another file: .* the released one's ff446670"):
            load_released(asked, folder=tmp_path)


def test_a_file_of_unknown_name_and_hash_is_refused(tmp_path):
    with pytest.raises(DataError, match=r"none of the released checkpoints: .*f24f6ffb \(xdc_ig65m_kinetics\)"):
        load_released(made(tmp_path / "mine.pth"))


def test_torchvisions_mid_planes_do_not_fit(tmp_path):
    weights = torchvision.models.video.r2plus1d_18(weights=None).state_dict()
    path = made(tmp_path / "torchvision.pth", change=lambda _: {k: v for k, v in weights.items() if "fc" not in k})
    with pytest.raises(DataError, match=r"layer2.0.conv2.0.0.weight is \(230, 128, 1, 3, 3\), not \(288, 128"):
        load_released(path, entry=entry_of(path, width=64))


def without(name):
    return lambda weights: {key: value for key, value in weights.items() if key != name}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda weights: {**weights, "fc2.weight": torch.zeros(2)}, "unexpected: fc2.weight"),
        (lambda weights: {**weights, "fc.weight": torch.zeros(2, 64)}, "missing: fc.bias; of another shape: fc.weight"),
        (without("layer3.1.conv2.1.running_var"), "missing: layer3.1.conv2.1.running_var, fc.weight, fc.bias"),
        (
            lambda weights: {f"module.{key}": value for key, value in weights.items()},
            "unexpected: module.stem.0.weight",
        ),
    ],
)
def test_wrong_names_are_named(change, message, tmp_path):
    path = made(tmp_path / "wrong.pth", change=change)
    with pytest.raises(DataError, match=message):
        load_released(path, entry=entry_of(path))


def test_batch_norms_counters_may_be_absent(tmp_path):
    def drop(weights):
        return {key: value for key, value in weights.items() if not key.endswith("num_batches_tracked")}

    path = made(tmp_path / "converted.pth", change=drop)
    assert load_released(path, entry=entry_of(path)).audit.missing == ("fc.weight", "fc.bias")


class Trap:
    """Unpickling it would write a file."""

    def __init__(self, path: Path):
        self.path = path

    def __reduce__(self):
        return Path.touch, (self.path,)


@pytest.mark.parametrize("write", [torch.save, lambda thing, path: path.write_bytes(pickle.dumps(thing, protocol=2))])
def test_code_in_the_file_is_not_run(write, tmp_path):
    path, sprung = tmp_path / "trap.pth", tmp_path / "sprung"
    write({"stem.0.weight": Trap(sprung)}, path)
    with pytest.raises(DataError, match="is no file of plain weights"):
        load_released(path, entry=entry_of(path))
    assert not sprung.exists()


@pytest.mark.parametrize("content", [b"", b"not weights at all", b"PK\x03\x04 half a zip file"])
def test_damaged_files_are_refused(content, tmp_path):
    path = tmp_path / "damaged.pth"
    path.write_bytes(content)
    with pytest.raises(DataError, match="is no file of plain weights"):
        load_released(path, entry=entry_of(path))


def test_other_things_that_torch_saves_are_refused(tmp_path):
    path = made(tmp_path / "nested.pth", change=lambda weights: {"state_dict": weights})
    with pytest.raises(DataError, match="not named tensors"):
        load_released(path, entry=entry_of(path))


def test_it_says_what_it_is_and_what_its_user_must_know(tmp_path):
    path = made(tmp_path / "full.pth")
    said = str(load_released(path, entry=entry_of(path)))
    for words in ("made here", "missing: fc.weight, fc.bias", "input, mean: [0.43216", "momentum 0.1"):
        assert words in said


def test_the_list_says_where_each_is_or_how_to_get_it(tmp_path):
    here = next(iter(RELEASED.values()))
    (tmp_path / here.file).touch()
    lines = released_report(folder=tmp_path).splitlines()
    assert len(lines) == 2 * len(RELEASED)
    assert lines[1].strip() == f"is here: {tmp_path / here.file}"
    assert all("get it with: curl" in line and ADDRESS in line for line in lines[3::2])


def test_it_can_be_exported(tmp_path):
    path = made(tmp_path / "full.pth")
    released = load_released(path, entry=entry_of(path))
    out = tmp_path / "released.safetensors"
    assert released.save(out) == out
    described = describe_encoder(out)
    assert described["inputs"]["mean"] == [0.43216, 0.394666, 0.37645]
    assert described["about"]["sha256"] == released.sha256
    clips = torch.randn(1, 3, 4, 16, 16)
    torch.testing.assert_close(load_encoder(out).eval()(clips), released.encoder(clips))
