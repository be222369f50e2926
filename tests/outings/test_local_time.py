"""What is typed in a unit's zone, and the moment it means; on the days on which the clocks change, too."""

from datetime import date, time
from zoneinfo import ZoneInfo

import pytest

from app.outings.local_time import instant
from tests.outings.helpers import moment

CHICAGO = ZoneInfo("America/Chicago")
SPRING, AUTUMN = date(2027, 3, 14), date(2027, 11, 7)


def test_winter_and_summer_differ_by_the_hour():
    assert instant(date(2026, 12, 5), time(9), CHICAGO) == moment("2026-12-05 15:00")
    assert instant(date(2026, 7, 5), time(9), CHICAGO) == moment("2026-07-05 14:00")


@pytest.mark.parametrize("clock", [time(2, 0), time(2, 30), time(2, 59)])
def test_a_time_that_the_clocks_skip_is_refused_with_its_day(clock):
    with pytest.raises(ValueError, match=f"{clock:%H:%M} does not exist on Sun Mar 14"):
        instant(SPRING, clock, CHICAGO)


def test_the_edges_of_the_gap_exist():
    assert instant(SPRING, time(1, 59), CHICAGO) == moment("2027-03-14 07:59")
    assert instant(SPRING, time(3, 0), CHICAGO) == moment("2027-03-14 08:00")


def test_a_time_that_comes_twice_is_the_first_for_a_start_and_the_second_for_a_deadline():
    assert instant(AUTUMN, time(1, 30), CHICAGO) == moment("2027-11-07 06:30")
    assert instant(AUTUMN, time(1, 30), CHICAGO, latest=True) == moment("2027-11-07 07:30")


def test_an_edit_that_leaves_an_ambiguous_time_alone_does_not_move_it():
    second = moment("2027-11-07 07:30")
    assert instant(AUTUMN, time(1, 30), CHICAGO, keep=second) == second
    assert instant(AUTUMN, time(1, 31), CHICAGO, keep=second) == moment("2027-11-07 06:31")


@pytest.mark.parametrize("year", [1, 1999, 2101, 9999])
def test_an_absurd_year_is_refused(year):
    with pytest.raises(ValueError, match="between 2000 and 2100"):
        instant(date(year, 1, 1), time(9), CHICAGO)
