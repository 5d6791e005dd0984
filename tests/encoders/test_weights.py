"""An encoder comes back from its file as it was, and a wrong file says what is wrong."""

import json
import pickle

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import save_file

from xdc_lab.encoders.catalogue import ENCODERS, build_encoder
from xdc_lab.encoders.weights import KEY, describe_encoder, load_encoder, save_encoder
from xdc_lab.errors import RunError


@pytest.mark.parametrize("name", ENCODERS)
def test_a_round_trip_changes_nothing(name, tmp_path):
    encoder = build_encoder(name, width=8, seed=4)
    encoder.state_dict()[next(key for key in encoder.state_dict() if key.endswith("running_var"))].fill_(0.5)
    save_encoder(encoder, tmp_path / "encoder.safetensors", about={"seed": 4})
    loaded = load_encoder(tmp_path / "encoder.safetensors")
    assert (loaded.name, loaded.width, loaded.feature_dim) == (name, 8, 64)
    assert all(torch.equal(value, loaded.state_dict()[key]) for key, value in encoder.state_dict().items())


def test_the_description_says_what_a_user_must_know(tmp_path):
    path = tmp_path / "video.safetensors"
    inputs = {"mean": [0.4, 0.4, 0.4], "frames": 8}
    save_encoder(build_encoder("r2plus1d_10", width=8), path, about={"run": "demo"}, inputs=inputs)
    assert describe_encoder(path) == {
        "format": 1,
        "name": "r2plus1d_10",
        "modality": "video",
        "width": 8,
        "feature_dim": 64,
        "inputs": inputs,
        "about": {"run": "demo"},
    }


def test_plain_safetensors_reads_the_weights(tmp_path):
    save_encoder(build_encoder("audio_resnet_18", width=8), tmp_path / "audio.safetensors", about={})
    with safe_open(tmp_path / "audio.safetensors", framework="pt") as file:
        assert json.loads(file.metadata()[KEY])["modality"] == "audio"
        assert file.get_tensor("conv1.weight").shape == (8, 1, 7, 7)


def test_no_file_says_what_makes_one(tmp_path):
    with pytest.raises(RunError, match="no encoder file .*absent.safetensors; `xdc-lab pretrain`"):
        load_encoder(tmp_path / "absent.safetensors")


def test_other_files_are_refused(tmp_path):
    (tmp_path / "text.safetensors").write_text("not weights")
    (tmp_path / "pickle.safetensors").write_bytes(pickle.dumps({"conv1.weight": [1.0]}))
    save_file({"weight": torch.zeros(1)}, tmp_path / "others.safetensors")
    for path in sorted(tmp_path.iterdir()):
        with pytest.raises(RunError, match="is no encoder that this package saved"):
            load_encoder(path)


def test_a_newer_format_is_named(tmp_path):
    save_file({"weight": torch.zeros(1)}, tmp_path / "new.safetensors", metadata={KEY: json.dumps({"format": 2})})
    with pytest.raises(RunError, match="format 2; this version reads 1"):
        load_encoder(tmp_path / "new.safetensors")


def test_weights_that_do_not_fit_are_named(tmp_path):
    encoder = build_encoder("audio_resnet_18", width=8)
    encoder.width = 16  # the file will say so, the weights will not
    save_encoder(encoder, tmp_path / "wrong.safetensors", about={})
    with pytest.raises(RunError, match="do not fit audio_resnet_18.*conv1.weight"):
        load_encoder(tmp_path / "wrong.safetensors")


def test_a_flipped_bit_is_noticed_where_the_file_has_a_checksum(tmp_path):
    path, plain = tmp_path / "audio.safetensors", tmp_path / "plain.safetensors"
    save_encoder(build_encoder("audio_resnet_18", width=4), path, about={"seed": 4})
    with safe_open(path, framework="pt") as file:
        weights, told = {name: file.get_tensor(name) for name in file.keys()}, file.metadata()[KEY]  # noqa: SIM118
    save_file(weights, plain, metadata={KEY: told})  # as an earlier version wrote it
    assert load_encoder(plain).width == 4
    damaged = bytearray(path.read_bytes())
    damaged[-1000] ^= 1
    path.write_bytes(damaged)
    with pytest.raises(RunError, match="audio.safetensors is damaged"):
        load_encoder(path)


@pytest.mark.parametrize("told", ["[]", "{}", '{"format": 1, "name": "audio_resnet_18"}'])
def test_a_description_that_lacks_something_is_named(told, tmp_path):
    path = tmp_path / "lacks.safetensors"
    save_file({"weight": torch.zeros(1)}, path, metadata={KEY: told})
    with pytest.raises(RunError, match=r"lacks.safetensors (is no encoder|does not say its modality, width)"):
        load_encoder(path)
