"""Errors have one root, and survive their way from a worker process."""

import inspect
import pickle

import pytest

from xdc_lab import errors
from xdc_lab.errors import MediaError, XdcError

ERRORS = [error for _, error in inspect.getmembers(errors, inspect.isclass) if error.__module__ == errors.__name__]


@pytest.mark.parametrize("error", ERRORS)
def test_one_root(error: type[Exception]):
    assert issubclass(error, XdcError)


def test_media_error_says_file_and_reason():
    error = MediaError("clips/dog.mp4", "no audio track")
    assert str(error) == "clips/dog.mp4: no audio track"


def test_media_error_survives_a_worker_process():
    error = pickle.loads(pickle.dumps(MediaError("clips/dog.mp4", "no audio track")))
    assert (error.path, error.reason) == ("clips/dog.mp4", "no audio track")
