"""Names stand above the densest part of their group, and groups that share a place share it."""

import numpy as np

from xdc_lab.analysis.charts.map_names import place_names


def test_a_split_group_is_named_where_most_of_it_is():
    generator = np.random.default_rng(0)
    crowd, few = (generator.normal(place, 0.005, (n, 2)) for place, n in (([0.2, 0.3], 30), ([0.9, 0.9], 5)))
    (name,) = place_names(np.concatenate([few, crowd]), np.zeros(35, dtype=np.int64), ["bell"])
    assert abs(name.x - 0.2) < 0.01 and 0.3 <= name.y < 0.33 and name.above
    assert name.lines == ("bell",)


def test_groups_of_one_place_share_the_words():
    places = np.array([[0.5, 0.5], [0.51, 0.5], [0.1, 0.1]])
    names = place_names(places, np.array([0, 2, 1]), ["drum", "rain", "ball", "nobody"])
    assert sorted(name.lines for name in names) == [("drum", "ball"), ("rain",)]
    assert place_names(places, np.array([-1, -1, -1]), ["drum"]) == []


def test_words_that_would_cover_others_stand_below():
    places = np.array([[0.5, 0.5], [0.6, 0.5], [0.1, 0.1]])
    above, below, far = place_names(places, np.arange(3), ["hammer on an anvil", "metronome", "bell"])
    assert above.above and far.above
    assert not below.above and below.y < 0.5
