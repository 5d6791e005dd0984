"""What probing found is kept for as long as it says something of the file."""

import pytest

from xdc_lab.datasets.isolation import Limits
from xdc_lab.datasets.probe_cache import ProbeCache, Question
from xdc_lab.errors import DataError
from xdc_lab.media.probe import Probe

LOST = Probe(problem="does not decode", detail="it took longer than a file may")


@pytest.fixture
def film(tmp_path) -> str:
    (tmp_path / "film.mp4").write_text("once")
    return str(tmp_path / "film.mp4")


def kept(cache: ProbeCache, film: str, asked: Question) -> str | None:
    found = cache.find(film, asked)[1]
    return None if found is None else found.detail


def test_what_was_too_much_is_tried_again_with_larger_limits_only(film, tmp_path):
    cache = ProbeCache(tmp_path / "probes.sqlite")
    small, large = (Question(limits=Limits(seconds=seconds)) for seconds in (5.0, 60.0))
    cache.add(cache.find(film, small)[0], LOST, under=small.limits)
    cache.close()
    cache = ProbeCache(tmp_path / "probes.sqlite")
    assert kept(cache, film, small) == LOST.detail and kept(cache, film, large) is None
    assert kept(cache, film, Question(limits=Limits(seconds=5.0, memory_bytes=2**33))) is None


def test_a_long_film_that_a_thorough_look_did_not_end_is_not_lost_to_a_quick_one(film):
    cache, thorough = ProbeCache(None), Question(thorough=True)
    cache.add(cache.find(film, thorough)[0], LOST, under=thorough.limits)
    cache.write()
    assert kept(cache, film, thorough) == LOST.detail and kept(cache, film, Question()) is None


def test_a_fault_of_the_disk_is_not_kept(film):
    cache = ProbeCache(None)
    cache.add(cache.find(film, Question())[0], Probe(problem="does not decode", detail="(Permission denied)"))
    cache.write()
    assert kept(cache, film, Question()) is None


def test_a_file_that_changes_while_it_is_probed_is_probed_again(film):
    cache = ProbeCache(None)
    key, _ = cache.find(film, Question())
    with open(film, "a") as file:
        file.write("more of a download")
    cache.add(key, LOST)
    cache.write()
    assert kept(cache, film, Question()) is None


def test_a_cache_that_is_damaged_says_so(film, tmp_path):
    path = tmp_path / "probes.sqlite"
    cache = ProbeCache(path)
    for number in range(1000):
        cache.add(number.to_bytes(16, "big"), LOST)
    cache.close()
    content = bytearray(path.read_bytes())
    content[5000:] = b"x" * (len(content) - 5000)
    path.write_bytes(content)
    with pytest.raises(DataError, match=r"probes\.sqlite cannot keep .*malformed.*delete it"):
        ProbeCache(path).find(film, Question())
