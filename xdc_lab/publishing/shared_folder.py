"""Encoders as folders to share: weights, description and model card, written here or pushed to a model hub."""

import json
import shutil
import tempfile
from pathlib import Path

from xdc_lab import __version__
from xdc_lab.encoders.sources import HUB_ID, LIBRARY, SHARED_WEIGHTS, encoder_file, hub_errors
from xdc_lab.encoders.weights import describe_encoder
from xdc_lab.errors import SettingError
from xdc_lab.extras import imports_of_an_extra
from xdc_lab.publishing.model_card import model_card
from xdc_lab.runs.folder import whole_file, write_text

CONFIG, CARD = "config.json", "README.md"


def save_pretrained(
    source: str | Path,
    folder: str | Path,
    *,
    encoder: str = "video",
    licence: str | None = None,
    name: str | None = None,
) -> Path:
    """Write a folder that `load_encoder` takes and a hub shows: model.safetensors, config.json, README.md.

    Args:
        source: as `xdc_lab.encoders.sources.encoder_file` takes it.
        folder: files of these names in it are replaced.
        encoder: its name in a run.
        licence: of the weights, as `xdc_lab.publishing.model_card.model_card` has it.
        name: what the card says to load it by; default: the folder's name.

    Raises:
        RunError: if the source is no encoder, or the folder cannot be written to.
    """
    file, folder = encoder_file(source, encoder=encoder), Path(folder)
    card = model_card(file, name=name or folder.name, licence=licence)
    with whole_file(folder / SHARED_WEIGHTS) as partial:
        shutil.copyfile(file, partial)
    write_text(folder / CONFIG, json.dumps(describe_encoder(file), indent=2) + "\n")
    write_text(folder / CARD, card)
    return folder


def push_to_hub(
    source: str | Path, name: str, *, encoder: str = "video", licence: str | None = None, private: bool = False
) -> str:
    """Upload such a folder to a model hub, and give the address of the commit; the hub's client knows who is logged in.

    Args:
        source: a folder of `save_pretrained`, which is uploaded as it is, edited card and all; or what else
            `xdc_lab.encoders.sources.encoder_file` takes.
        name: OWNER/NAME; made if it is not there.
        encoder: its name in a run.
        licence: of the weights.
        private: of a model that is made.

    Raises:
        SettingError: if the name is none of a hub.
        InstallError: if the hub's client is not installed.
        RunError: in one line, whatever the hub or the network says.
    """
    found = HUB_ID.fullmatch(name)
    if found is None or found["revision"]:
        raise SettingError(f"{name!r} is no name of a hub's model; write OWNER/NAME")
    with imports_of_an_extra():
        from huggingface_hub import HfApi
    hub = HfApi(library_name=LIBRARY, library_version=__version__)
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(source)
        if not (folder / CARD).is_file() or not (folder / SHARED_WEIGHTS).is_file():
            folder = save_pretrained(source, temporary, encoder=encoder, licence=licence, name=name)
        with hub_errors(name):
            hub.create_repo(name, private=private, exist_ok=True)
            message = f"Upload by {LIBRARY} {__version__}"
            return str(hub.upload_folder(repo_id=name, folder_path=folder, commit_message=message))
