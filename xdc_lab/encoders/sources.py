"""Encoders from anywhere: a file, a run, a folder to share, the authors' release or a model hub (paper 6)."""

import contextlib
import logging
import re
from collections.abc import Iterator
from pathlib import Path

from xdc_lab import __version__
from xdc_lab.encoders.released import FOLDER, RELEASED, load_released
from xdc_lab.encoders.weights import describe_encoder
from xdc_lab.errors import RunError, printable
from xdc_lab.extras import imports_of_an_extra
from xdc_lab.runs.folder import RunFolder

SHARED_WEIGHTS = "model.safetensors"  # in a folder to share, and on a hub
LIBRARY = "xdc-lab"
HUB_ID = re.compile(r"(?P<repository>[\w.-]+/[\w.-]+)(@(?P<revision>[\w./-]+))?")
KINDS = (
    "a run folder, an encoder's .safetensors file, a folder of `xdc-lab export`, OWNER/NAME of a model hub, "
    f"or a released checkpoint: a .pth file or one of {', '.join(RELEASED)}"
)


def encoder_file(source: str | Path, *, encoder: str = "video") -> Path:
    """Find an encoder's .safetensors file; one of a hub is downloaded, a released checkpoint is converted once.

    What is there as a file or a folder is taken first. A revision of a hub's model is written as OWNER/NAME@REVISION.

    Args:
        source: a run folder, an encoder's file, a folder of `xdc_lab.publishing.shared_folder.save_pretrained`, a
            model hub's OWNER/NAME, a key of `xdc_lab.encoders.released.RELEASED`, or a downloaded checkpoint (.pth).
        encoder: its name in a run.

    Raises:
        RunError: if it is none of them.
        DataError: if a released checkpoint is not there, or is damaged.
        InstallError: if a hub is asked for and its client is not installed.
    """
    path = Path(source).expanduser()
    if str(source) in RELEASED or (path.suffix == ".pth" and not path.is_dir()):
        return _converted(str(source), path)
    if path.is_file() or path.suffix == ".safetensors":
        return path
    if path.is_dir():
        return _in_folder(path, encoder)
    found = HUB_ID.fullmatch(str(source))
    if found and not path.parent.is_dir():  # `runs/typo` is a path that is wrong
        return _from_hub(found["repository"], found["revision"])
    raise RunError(f"{source} is no run folder and no encoder; give {KINDS}")


def run_of(file: Path) -> RunFolder | None:
    """The run in whose folder an encoder's file lies; None: it stands alone."""
    run = RunFolder(file.resolve().parent.parent)
    return run if run.about.is_file() and run.encoder(file.stem).is_file() else None


def _in_folder(path: Path, encoder: str) -> Path:
    run = RunFolder(path)
    if not run.about.is_file():
        if (path / SHARED_WEIGHTS).is_file():
            return path / SHARED_WEIGHTS
        raise RunError(f"{path} is no run folder, and holds no {SHARED_WEIGHTS}; give {KINDS}")
    if not run.encoder(encoder).is_file():
        about = run.read_about()
        names = ", ".join(about.get("method", {}).get("encoders", ())) or "none"
        raise RunError(f"{path} (status: {about['status']}) has no encoder {encoder!r} yet; its encoders are {names}")
    return run.encoder(encoder)


def _converted(name: str, path: Path) -> Path:
    """A released checkpoint as an encoder's file, beside the downloaded one."""
    path = FOLDER / RELEASED[name].file if name in RELEASED else path
    file = path.with_suffix(".safetensors")
    beside = describe_encoder(file)["about"] if file.is_file() else {}
    entry = next((row for row in RELEASED.values() if row.file == path.name), None)
    if entry is None or not entry.sha256 or not beside.get("sha256", "").startswith(entry.sha256):
        load_released(name if name in RELEASED else path).save(file)
    return file


def _from_hub(repository: str, revision: str | None) -> Path:
    """The cached download of a hub's model.

    Raises:
        RunError: in one line, whatever the hub, its client or the network says.
    """
    with imports_of_an_extra():
        from huggingface_hub import hf_hub_download
    with hub_errors(repository if revision is None else f"{repository}@{revision}"):
        file = hf_hub_download(
            repository, SHARED_WEIGHTS, revision=revision, library_name=LIBRARY, library_version=__version__
        )
        return Path(file)


@contextlib.contextmanager
def hub_errors(name: str) -> Iterator[None]:
    """Stand around calls of a hub's client: its errors become a RunError of one line, its warnings are not printed.

    Args:
        name: of the model, as errors call it.

    Raises:
        RunError: if the client or the network fails.
    """
    from huggingface_hub import errors

    log = logging.getLogger("huggingface_hub")
    level = log.level
    log.setLevel(logging.ERROR)  # else each of its six attempts is two lines
    try:
        yield
    except errors.LocalEntryNotFoundError as error:
        from huggingface_hub.constants import HF_HUB_OFFLINE

        why = (
            "HF_HUB_OFFLINE is set"
            if HF_HUB_OFFLINE
            else "the hub does not answer: look at the network, or HF_ENDPOINT"
        )
        raise RunError(f"{name} is no path here, its download is not in the hub's cache, and {why}") from error
    except errors.RepositoryNotFoundError as error:
        told = f"{name} is no path here, and no model of the hub that may be read without a login (hf auth login)"
        raise RunError(f"{told}; give {KINDS}") from error
    except errors.EntryNotFoundError as error:
        raise RunError(
            f"the hub's {name} has no {SHARED_WEIGHTS}: it is no encoder that `xdc-lab export` wrote"
        ) from error
    except (OSError, ValueError) as error:  # the client's other errors, and those of its connections
        raise RunError(f"{name}: {printable(str(error).strip().partition(chr(10))[0])}") from error
    finally:
        log.setLevel(level)
