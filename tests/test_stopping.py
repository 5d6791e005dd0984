"""SIGTERM ends at once what is not training, and a training after its step."""

import signal

import pytest

from xdc_lab import stopping
from xdc_lab.errors import StoppedError


def test_a_warning_ends_at_once_what_is_not_training():
    with pytest.raises(StoppedError, match="stopped by SIGTERM; start the same command again"), stopping.heeded():
        signal.raise_signal(signal.SIGTERM)
    assert signal.getsignal(signal.SIGTERM) == signal.SIG_DFL


def test_a_warning_in_a_step_is_raised_after_it():
    done = []
    with pytest.raises(StoppedError, match="SIGUSR1"), stopping.heeded(), stopping.after_the_step():
        signal.raise_signal(signal.SIGUSR1)
        done.append(stopping.is_asked())
    assert done == [True]
