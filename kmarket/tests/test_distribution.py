from kmarket.distribution import Distribution

BOUNDS = (0.005, 0.25, 0.5)


def test_values_are_told_as_at_or_below_a_bound():
    spread, other = Distribution(BOUNDS), Distribution(BOUNDS)
    # Nothing at all, at a bound, between two, above all.
    for value in (0.0, 0.005, 0.3, 60.0):
        spread.note(value)
    other.note(0.3)

    spread.add(other)

    assert spread.below() == {"0.005": 2, "0.25": 2, "0.5": 4, "+Inf": 5}
    assert spread.total == 60.605
    assert other.below()["+Inf"] == 1
