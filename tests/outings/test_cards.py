"""The words on a card."""

import uuid
from datetime import timedelta
from decimal import Decimal

import pytest

from app.outings import cards
from app.outings.queries import Listed, Page
from app.outings.seatbook import OwnPlace, Taken
from app.outings.stage import stage_of
from tests.outings.helpers import moment

NOW = moment("2026-11-23 18:00")
START = moment("2026-12-05 15:00")


def row(**values):
    usual = {
        "id": str(uuid.uuid4()), "title": "Winter camp", "place": "Elk Ridge", "starts_at": START,
        "ends_at": START + timedelta(days=1), "opens_at": None, "closes_at": None, "state": "published",
        "youth_seats": None, "adult_seats": None, "total_seats": None, "youth_cost": Decimal(25), "adult_cost": Decimal(25),
        "unit_name": "Troop 77", "time_zone": "America/Chicago",
        "taken": cards.NOBODY, "own": (),
    }  # fmt: skip
    return Listed(**usual | values)


def card(taken=cards.NOBODY, own=(), **values):
    listed = row(taken=taken, own=tuple(own), **values)
    year = cards.tells_year(listed.starts_at, NOW)
    return cards.card_of(listed, stage_of(listed, NOW), year=year)


def test_tile_and_facts():
    found = card()
    assert (found.month, found.day, found.weekdays, found.iso) == ("Dec", 5, "Sat-Sun", "2026-12-05")
    assert found.facts == ("2 days, 1 night", "Elk Ridge", "$25")


def test_the_day_is_the_day_in_the_units_zone_and_not_in_utc():
    late = moment("2026-12-06 03:00")  # Saturday, 21:00 in Chicago
    found = card(starts_at=late, ends_at=late + timedelta(hours=2))
    assert (found.day, found.weekdays, found.facts[0]) == (5, "Sat", "One day")


def test_a_night_is_a_midnight_in_the_units_zone_on_the_day_that_the_clocks_change_too():
    start = moment("2027-03-13 23:00")
    found = card(starts_at=start, ends_at=moment("2027-03-14 16:00"))
    assert found.facts[0] == "2 days, 1 night"


def test_a_date_that_comes_again_shows_its_year():
    long_ago = START - timedelta(days=365)
    assert card(starts_at=long_ago, ends_at=long_ago + timedelta(days=1)).weekdays == "2025"


@pytest.mark.parametrize(
    ("youth", "adult", "words"),
    [
        (0, 0, "free"),
        (6, 6, "$6"),
        ("7.50", "7.50", "$7.50"),
        (48, 20, "$48 youth, $20 adult"),
        (12, 0, "$12 youth, adults free"),
        (0, 5, "youth free, $5 adult"),
    ],
)
def test_cost(youth, adult, words):
    assert cards.cost(Decimal(youth), Decimal(adult)) == words


@pytest.mark.parametrize(
    ("limits", "taken", "words", "bar"),
    [
        ({}, Taken(), "No limit, nobody yet", None),
        ({}, Taken(youth=10, adults=4), "14 coming, no limit", None),
        ({"total_seats": 32}, Taken(20, 6), "26 of 32 places taken", (26, 32)),
        ({"total_seats": 24}, Taken(20, 4, 3), "24 of 24 places taken, 3 waiting", (24, 24)),
        ({"total_seats": 24}, Taken(22, 4), "26 of 24 places taken", (26, 24)),
        ({"youth_seats": 20, "adult_seats": 6}, Taken(20, 2), "22 of 26 places taken, youth full", (22, 26)),
        ({"youth_seats": 20, "adult_seats": 6}, Taken(9, 6), "15 of 26 places taken, adults full", (15, 26)),
        ({"youth_seats": 20, "adult_seats": 6, "total_seats": 10}, Taken(9, 1), "10 of 10 places taken", (10, 10)),
        ({"youth_seats": 24}, Taken(18, 1), "18 of 24 youth places taken, 1 adult", (18, 24)),
        ({"adult_seats": 4}, Taken(18, 3), "3 of 4 adult places taken, 18 youth", (3, 4)),
        ({"total_seats": 0}, Taken(), "0 of 0 places taken", (0, 0)),
    ],
)
def test_seats_in_words_and_as_a_bar(limits, taken, words, bar):
    meter = card(taken, **limits).meter
    assert meter.words == words
    assert (meter.taken, meter.limit) == (bar or (0, None))
    assert meter.is_full == (bar is not None and bar[0] >= bar[1])


def test_own_state_comes_before_the_deadline():
    found = card(own=[OwnPlace("Ava", None), OwnPlace("Noah", None)], closes_at=START - timedelta(days=2))
    assert found.chips == (("in", "Ava and Noah are in"),)
    assert found.says == ""


def test_who_waits_is_told_the_place_in_line():
    found = card(own=[OwnPlace("Ava", None), OwnPlace("Noah", 2), OwnPlace("Ella", 2), OwnPlace("Marit", 11)])
    assert [words for _, words in found.chips] == [
        "Ava is in",
        "Noah and Ella are 2nd in line",
        "Marit is 11th in line",
    ]


@pytest.mark.parametrize(
    ("values", "taken", "says"),
    [
        ({"opens_at": moment("2026-12-01 15:00")}, Taken(), "Sign-up opens Dec 1"),
        ({"closes_at": moment("2026-12-04 02:00")}, Taken(), "Sign up by Dec 3"),
        # Midnight of Chicago: nobody who reads "by Dec 4" may find it closed on the morning of that day.
        ({"closes_at": moment("2026-12-04 06:00")}, Taken(), "Sign up by Dec 3"),
        ({"closes_at": moment("2026-11-22 06:00")}, Taken(), "Sign-up is closed"),
        ({}, Taken(), "Sign-up is open"),
        ({"total_seats": 1}, Taken(1), "Join the waiting list"),
    ],
)
def test_what_to_do_until_when(values, taken, says):
    assert card(taken, **values).says == says


def test_cancelled_draft_and_over():
    own = [OwnPlace("Ava", None)]
    cancelled = card(Taken(11), own, state="cancelled", total_seats=20)
    assert cancelled.chips == (("stop", "Cancelled"),)
    assert (cancelled.meter.words, cancelled.meter.limit) == ("11 people had signed up", None)
    assert card(state="draft").chips == (("wait", "Draft"),)
    over = card(Taken(1), own, starts_at=START - timedelta(days=30), ends_at=START - timedelta(days=29))
    assert over.chips == (("in", "Ava was in"),)
    assert over.meter.words == "1 person took part"


def page(*rows, total=None, live=None):
    total = len(rows) if total is None else total
    return Page(list(rows), total, total if live is None else live, 1)


def test_the_sentence_over_the_list():
    both = OwnPlace("Ava", None), OwnPlace("Noah", None)
    no, ava, ava_and_noah = row(), row(own=both[:1]), row(own=both)

    def lead(*rows, past=False, **counted):
        return cards.lead(page(*rows, **counted), past=past)

    assert lead() == ""
    assert lead(no) == "One coming up."
    assert lead(ava) == "One coming up. Ava is in for it."
    assert lead(ava_and_noah, row(own=both)) == "Two coming up. Ava and Noah are in for both."
    assert lead(ava_and_noah, no, no) == "Three coming up. Ava and Noah are in for one of them."
    assert lead(ava_and_noah, ava, no) == "Three coming up. Your family is in for two of them."
    assert lead(row(own=(OwnPlace("Ava", 3),)), no, no) == "Three coming up."
    assert lead(ava_and_noah, total=43) == "43 coming up. Ava and Noah are in for one of those on this page."
    assert lead(no, no, past=True) == "Two so far."


def test_what_is_cancelled_is_not_coming_up():
    gone = row(state="cancelled", own=(OwnPlace("Ava", None),))
    assert cards.lead(page(gone, live=0), past=False) == "Nothing coming up."
    assert cards.lead(page(gone, row(), live=1), past=False) == "One coming up."
