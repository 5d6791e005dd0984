"""The errors that this package raises for its users: each says the value, what is allowed and what to do next."""

import re
from pathlib import Path
from typing import SupportsIndex

# Line ends, escape sequences of terminals, marks that turn the direction of writing.
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")


def printable(name: object) -> str:
    r"""A file's name, or a label, as a console may show it: in one line, control letters as escapes.

    >>> print(printable("two\nlines"))
    two\nlines
    """
    return _CONTROL.sub(lambda sign: sign[0].encode("unicode_escape").decode(), str(name))


def counted(count: SupportsIndex, noun: str) -> str:
    """How many there are of something, in one word of the right number.

    >>> counted(1, "clip"), counted(1200, "clip")
    ('1 clip', '1,200 clips')
    """
    number = int(count)
    return f"{number:,} {noun}{'s' * (number != 1)}"


class XdcError(Exception):
    """Root of every error that XDC Lab raises on purpose."""


class SettingError(XdcError):
    """A setting, or a combination of settings, that cannot work."""


class DataError(XdcError):
    """A data set, a label file or an items table that is missing or not as its documentation says."""


class ClusteringError(XdcError):
    """Features that cannot be clustered as asked: too few rows, NaN, too few distinct ones."""


class RunError(XdcError):
    """A run folder or a checkpoint that is missing, incomplete or of another run."""


class TrainingError(XdcError):
    """Training that cannot go on: a loss that is not finite, or too many clips that do not decode."""


class StoppedError(XdcError):
    """The system asked this process to end (SIGTERM, SIGUSR1); the same command goes on from what is kept.

    Attributes:
        exit_code: EX_TEMPFAIL of sysexits.h: not wrong, to be started again.
    """

    exit_code = 75


class SiblingError(XdcError):
    """Another of several processes has ended, and said why: this one ends without a word.

    Attributes:
        exit_code: that of the other.
    """

    def __init__(self, message: str, exit_code: int = 1):
        self.exit_code = exit_code
        super().__init__(message)


class InstallError(XdcError):
    """A package that is not installed, with the command that installs it."""


class MediaError(XdcError):
    """A media file that cannot be used.

    Attributes:
        path: the file.
        reason: one of `xdc_lab.media.findings.PROBLEMS`, or the decoder's own words.
    """

    def __init__(self, path: str | Path, reason: str):
        self.path = str(path)
        self.reason = reason
        super().__init__(f"{printable(self.path)}: {reason}")

    def __reduce__(self):  # two arguments: the default would lose one on its way from a worker process
        return type(self), (self.path, self.reason)
