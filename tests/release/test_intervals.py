"""Shares come with the interval that their number of cases allows."""

import pytest

from release.core.intervals import wilson


def test_the_interval_is_wilsons():
    assert wilson(8, 10) == pytest.approx((0.4902, 0.9433), abs=1e-4)
    assert wilson(10, 10) == pytest.approx((0.7225, 1.0), abs=1e-4)


def test_nothing_seen_says_nothing():
    assert wilson(0, 0) == (0.0, 1.0)
