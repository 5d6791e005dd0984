"""What probing found is kept for as long as it says something of the file."""

from pathlib import Path

import pytest

from xdc_lab.datasets.isolation import Limits
from xdc_lab.datasets.probe_cache import ProbeCache, Question
from xdc_lab.errors import DataError
from xdc_lab.media.findings import Probe

LOST = Probe(problem="does not decode", detail="it took longer than a file may")
SHORT, LONG = (Limits(seconds=seconds) for seconds in (5.0, 60.0))


@pytest.fixture
def film(tmp_path) -> str:
    (tmp_path / "film.mp4").write_text("once")
    return str(tmp_path / "film.mp4")


@pytest.fixture
def path(tmp_path) -> Path:
    return tmp_path / "probes.sqlite"


ASKED = Question()


def keep(path: Path, film: str, found: Probe, *, is_lost: bool = False, asked: Question = ASKED) -> None:
    cache = ProbeCache(path, asked)
    cache.add(film, cache.find(film)[0], found, is_lost=is_lost)
    cache.close()


def kept(path: Path, film: str, asked: Question = ASKED) -> str | None:
    found = ProbeCache(path, asked).find(film)[1]
    return None if found is None else found.detail


def test_what_was_too_much_is_tried_again_with_larger_limits_only(film, path):
    keep(path, film, LOST, is_lost=True, asked=Question(limits=SHORT))
    assert kept(path, film, Question(limits=SHORT)) == LOST.detail and kept(path, film, Question(limits=LONG)) is None
    assert kept(path, film, Question(limits=Limits(seconds=5.0, memory_bytes=2**33))) is None


def test_a_long_film_that_a_thorough_look_did_not_end_is_not_lost_to_a_quick_one(film, path):
    keep(path, film, LOST, is_lost=True, asked=Question(thorough=True))
    assert kept(path, film, Question(thorough=True)) == LOST.detail and kept(path, film) is None


def test_what_a_thorough_look_found_counts_for_a_quick_one_and_not_the_other_way_round(film, path):
    keep(path, film, Probe(detail="quick"))
    assert kept(path, film) == "quick" and kept(path, film, Question(thorough=True)) is None
    keep(path, film, Probe(detail="thorough"), asked=Question(thorough=True))
    assert kept(path, film) == "thorough" and kept(path, film, Question(modalities=("audio",))) is None


def test_a_fault_of_the_disk_is_not_kept(film, path):
    keep(path, film, Probe(problem="does not decode", detail="does not decode (Permission denied)"))
    assert kept(path, film) is None


def test_a_file_that_changes_while_it_is_probed_is_probed_again(film, path):
    cache = ProbeCache(path, Question())
    stamp, _ = cache.find(film)
    with open(film, "a") as file:
        file.write("more of a download")
    cache.add(film, stamp, LOST)
    cache.close()
    assert kept(path, film) is None


def test_a_cache_that_is_damaged_says_so(film, path):
    cache = ProbeCache(path, Question())
    for number in range(1000):
        cache.add(f"{number}.mp4", (1, 1), LOST)
    cache.close()
    content = bytearray(path.read_bytes())
    content[5000:] = b"x" * (len(content) - 5000)
    path.write_bytes(content)
    with pytest.raises(DataError, match=r"probes\.sqlite cannot keep .*malformed.*delete it"):
        ProbeCache(path, Question()).find(film)
