"""The arithmetic of seats, without a database."""

import itertools
from uuid import UUID, uuid4

from app.signups.rules.seats import Limits, Load, Waiting, work_off

YOUTH = Load.of("youth", None, None)
ADULT = Load.of("adult", None, None)
ids = itertools.count(1)  # as in the database, whoever comes later has a greater id


def party(number: int, *loads: Load, together: bool = True) -> list[Waiting]:
    signup = uuid4()
    return [Waiting(UUID(int=next(ids)), signup, number, together, load) for load in loads]


def test_the_first_in_line_gets_the_seat():
    first, second = party(1, YOUTH), party(2, YOUTH)
    assert work_off(Limits(total=1), Load(), [*second, *first], "whoever_fits") == first


def test_a_party_that_stays_together_is_passed_over_and_keeps_its_place():
    pair, single = party(1, YOUTH, YOUTH), party(2, YOUTH)
    assert work_off(Limits(total=1), Load(), [*pair, *single], "whoever_fits") == single
    assert work_off(Limits(total=2), Load(), [*pair, *single], "whoever_fits") == pair


def test_a_party_that_takes_what_fits_is_split():
    pair = party(1, YOUTH, YOUTH, together=False)
    assert work_off(Limits(total=1), Load(), pair, "whoever_fits") == pair[:1]


def test_in_order_holds_the_seat_for_the_party_that_does_not_fit_yet():
    pair, single = party(1, YOUTH, YOUTH), party(2, YOUTH)
    assert work_off(Limits(total=2), Load(youth=1, total=1), [*pair, *single], "in_order") == []


def test_in_order_lets_pass_who_takes_nothing_from_the_party_in_front():
    children, adult = party(1, YOUTH, YOUTH), party(2, ADULT)
    assert work_off(Limits(youth=1, adults=1), Load(), [*children, *adult], "in_order") == adult


def test_in_order_holds_nothing_for_a_party_that_never_fits():
    crowd, single = party(1, *[YOUTH] * 5), party(2, YOUTH)
    assert work_off(Limits(total=4), Load(), [*crowd, *single], "in_order") == single


def test_youth_adults_and_the_total_are_separate_limits():
    line = [*party(1, YOUTH), *party(2, ADULT)]
    assert work_off(Limits(youth=0), Load(), line, "whoever_fits") == line[1:]
    assert work_off(Limits(adults=0), Load(), line, "whoever_fits") == line[:1]
    assert work_off(Limits(total=0), Load(), line, "whoever_fits") == []


def test_nobody_gets_a_seat_of_an_overbooked_kind_but_others_do():
    line = [*party(1, YOUTH), *party(2, ADULT)]
    assert work_off(Limits(youth=2), Load(youth=3, total=3), line, "whoever_fits") == line[1:]


def test_a_driver_brings_places_for_those_who_came_before():
    child, driver = party(1, YOUTH), party(2, Load.of("adult", 3, 3))
    cars = Limits(there=0, back=0)
    assert work_off(cars, Load(), child, "whoever_fits") == []
    assert work_off(cars, Load(), [*child, *driver], "whoever_fits") == [*driver, *child]


def test_the_places_that_a_driver_brings_go_to_the_first_in_line_and_not_to_whoever_stands_behind_the_driver():
    pair, driver, single = party(1, YOUTH, YOUTH), party(2, Load.of("adult", 2, 2)), party(3, YOUTH)
    line = [*pair, *driver, *single]
    for rule in ("whoever_fits", "in_order"):
        assert work_off(Limits(there=0, back=0), Load(), line, rule) == [*driver, *pair]


def test_each_way_is_counted_apart():
    child, driver = party(1, YOUTH), party(2, Load.of("adult", 3, None))
    assert work_off(Limits(there=0), Load(), [*child, *driver], "whoever_fits") == [*driver, *child]
    assert work_off(Limits(there=0, back=0), Load(), [*child, *driver], "whoever_fits") == []


def test_a_family_brings_its_own_driver():
    family = party(1, YOUTH, YOUTH, Load.of("adult", 2, 2))
    assert work_off(Limits(there=0, back=0), Load(), family, "whoever_fits") == family


def test_seats_left():
    limits = Limits(youth=5, total=6)
    used = Load(youth=2, adults=3, total=5)
    assert limits.left(used, "youth") == 1
    assert limits.left(used, "adult") == 1
    assert Limits().left(used, "adult") is None
    assert Limits(youth=1).left(used, "youth") == 0
