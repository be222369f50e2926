"""A leader and an outing with four places."""

import pytest

from app.clock import frozen
from tests.factories import make_outing
from tests.outings.helpers import moment


@pytest.fixture(autouse=True)
def before_the_outing():
    """Whatever the year is in which this runs: whoever waits moves up until an outing starts."""
    with frozen(moment("2026-11-28 12:00")):
        yield


@pytest.fixture
def outing(unit):
    return make_outing(
        unit,
        title="Winter camp",
        place="Elk Ridge",
        starts_at=moment("2026-12-05 15:00"),
        ends_at=moment("2026-12-06 17:30"),
        total_seats=4,
    )
