"""Encoders come from files, runs, folders to share, the release and a hub; what cannot be had is one clear line."""

import sys
from collections.abc import Iterator
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import huggingface_hub
import pytest
import torch

from xdc_lab.encoders import released, sources
from xdc_lab.encoders.catalogue import build_encoder
from xdc_lab.encoders.sources import SHARED_WEIGHTS, encoder_file
from xdc_lab.encoders.weights import describe_encoder, from_pretrained, load_encoder, save_encoder
from xdc_lab.errors import DataError, InstallError, RunError
from xdc_lab.runs.folder import RunFolder

COMMIT = "0" * 40


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    """An encoder's file in a folder to share."""
    file = tmp_path / "shared" / SHARED_WEIGHTS
    save_encoder(build_encoder("audio_resnet_18", width=4, seed=2), file, about={"method": "XDC"})
    return file


def test_a_folder_and_a_run_have_encoders(weights, tmp_path):
    assert load_encoder(weights.parent).width == 4
    run = RunFolder(tmp_path / "run")
    run.write_about({"status": "running", "method": {"encoders": {"audio": "audio", "video": "video"}}})
    save_encoder(build_encoder("audio_resnet_18", width=6), run.encoder("audio"), about={})
    assert from_pretrained(run.path, encoder="audio").width == 6
    with pytest.raises(RunError, match="has no encoder 'video' yet; its encoders are audio, video"):
        encoder_file(run.path)


def test_what_is_no_encoder_is_one_line(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "runs").mkdir()
    for source in (tmp_path, tmp_path / "absent", "absent", "runs/typo", "a/b/c"):
        with pytest.raises(RunError, match="no run folder.* OWNER/NAME of a model hub, or a released") as caught:
            encoder_file(source)
        assert "\n" not in str(caught.value)
    with pytest.raises(RunError, match="there is no encoder file encoders/video.safetensors"):
        load_encoder("encoders/video.safetensors")


def test_a_released_checkpoint_is_converted_once(tmp_path, monkeypatch):
    monkeypatch.setattr(sources, "FOLDER", tmp_path)
    monkeypatch.setattr(released, "FOLDER", tmp_path)
    with pytest.raises(DataError, match="get it with: curl"):
        load_encoder("xdc_audioset")
    checkpoint = tmp_path / "made.pth"
    network = build_encoder("r2plus1d_18", width=4, seed=3)
    torch.save(network.state_dict(), checkpoint)
    sha256 = released._hash(checkpoint)
    monkeypatch.setitem(released.RELEASED, "made", released.ReleasedEntry(checkpoint.name, sha256[:8], "here", width=4))
    assert torch.equal(load_encoder(checkpoint).state_dict()["stem.0.weight"], network.state_dict()["stem.0.weight"])
    file = encoder_file(checkpoint)
    assert describe_encoder(file)["about"]["sha256"] == sha256
    before = file.stat().st_mtime_ns
    checkpoint.unlink()  # a converted file is enough
    assert encoder_file(checkpoint) == file and file.stat().st_mtime_ns == before


@pytest.fixture
def hub(weights: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A hub with one model, lab/audio, at one commit, and an empty cache."""
    pages = {f"/lab/audio/resolve/{revision}/{SHARED_WEIGHTS}" for revision in ("main", COMMIT)}

    class Hub(BaseHTTPRequestHandler):
        def do_HEAD(self) -> None:
            found = self.path in pages
            self.send_response(200 if found else 404)
            content = weights.read_bytes() if found else b""
            headers = {"ETag": f'"{"1" * 40}"', "X-Repo-Commit": COMMIT, "Content-Length": str(len(content))}
            missing = "EntryNotFound" if self.path.startswith("/lab/empty") else "RepoNotFound"
            for name, value in (headers if found else {"X-Error-Code": missing, "X-Repo-Commit": COMMIT}).items():
                self.send_header(name, value)
            self.end_headers()
            if self.command == "GET":
                self.wfile.write(content)

        do_GET = do_HEAD  # noqa: N815 - http.server's names

        def log_message(self, format: str, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Hub)
    Thread(target=server.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{server.server_port}"
    words = {"endpoint": address, "cache_dir": tmp_path / "cache"}
    monkeypatch.setattr(huggingface_hub, "hf_hub_download", partial(huggingface_hub.hf_hub_download, **words))
    yield address
    server.shutdown()
    server.server_close()


def test_a_model_of_a_hub_is_downloaded_once(hub, weights, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert load_encoder("lab/audio").width == 4
    assert load_encoder(f"lab/audio@{COMMIT}").width == 4
    assert encoder_file("lab/audio").read_bytes() == weights.read_bytes()
    with pytest.raises(RunError, match=r"lab/other is no path here, and no model of the hub .*hf auth login"):
        load_encoder("lab/other")
    with pytest.raises(RunError, match="lab/empty has no model.safetensors: it is no encoder"):
        load_encoder("lab/empty")
    with pytest.raises(RunError, match="^lab/..x: Repo id must use") as caught:
        load_encoder("lab/..x")
    assert "\n" not in str(caught.value)
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    assert load_encoder("lab/audio").width == 4  # from the cache
    with pytest.raises(RunError, match="lab/other is no path here.* not in the hub's cache, and HF_HUB_OFFLINE is set"):
        load_encoder("lab/other")


def test_a_hub_that_does_not_answer_is_one_line(tmp_path, monkeypatch, capfd):
    def unreachable(*_: object, **__: object) -> None:
        raise huggingface_hub.errors.LocalEntryNotFoundError("An error happened\nwhile")

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(huggingface_hub, "hf_hub_download", unreachable)
    with pytest.raises(RunError, match="does not answer: look at the network, or HF_ENDPOINT$"):
        load_encoder("lab/audio")
    monkeypatch.setitem(sys.modules, "huggingface_hub", None)
    with pytest.raises(InstallError, match=r'huggingface_hub is not installed.*"xdc-lab\[hub\]"'):
        load_encoder("lab/audio")
