"""What belongs to whom, put together from the texts that PostgreSQL hands over."""

import pytest

from app.roster.found import Agreements, Apart, apart_in

BEN, OWN, FAMILY = "ben", "own party", "the family's party"
FIRST, SECOND, THIRD = (f"2099-05-01T09:00:00.{moment}+00:00" for moment in ("1", "12", "123456"))
OTHER = {"place": "Elsewhere"}
TOLD = (("place", "Elsewhere"),)


@pytest.mark.parametrize(
    ("consents", "agreed"),
    [
        ([], None),
        ([(OWN, FIRST, True)], True),
        ([(OWN, FIRST, OTHER)], TOLD),
        ([(OWN, FIRST, OTHER), (OWN, SECOND, True)], True),
        ([(OWN, SECOND, OTHER), (FAMILY, THIRD, True)], True),
        ([(FAMILY, SECOND, True), (OWN, THIRD, OTHER)], TOLD),
        ([(OWN, SECOND, OTHER), (FAMILY, SECOND, True)], TOLD),
        ([(FAMILY, FIRST, True)], None),
        ([(FAMILY, SECOND, True)], True),
        ([("somebody else's", THIRD, True)], None),
    ],
    ids=[
        "nothing was agreed to",
        "the terms of now",
        "other terms",
        "the latest of one party",
        "the latest of two parties",
        "the latest of two parties is the own one",
        "the own party at one moment",
        "before the participant was put on the roster",
        "when the participant was put on the roster",
        "by nobody who acts for the participant",
    ],
)
def test_what_was_agreed_to_last_counts(consents, agreed):
    guardians = [
        (BEN, "Ify", None, "ify", FAMILY),
        (BEN, "Uche", None, None, None),
        ("another", "Ada", None, "ada", OWN),
    ]
    by = {OWN: None, FAMILY: "ify"}
    given = [(party, at, terms, by.get(party)) for party, at, terms in consents]
    assert Agreements(given, guardians).of(BEN, OWN, SECOND) == (agreed, False)


@pytest.mark.parametrize(("at", "agreed"), [(FIRST, True), (SECOND, True), (THIRD, None)])
def test_whoever_may_give_none_any_longer_gave_it_with_the_sign_up_and_not_later(at, agreed):
    known = Agreements(
        [(OWN, at, True, "uche")], [(BEN, "Uche", None, None, None), ("another", "Uche", None, "uche", OWN)]
    )
    assert known.of(BEN, OWN, SECOND) == (agreed, agreed is True), "and it is told that they may no longer"
    assert known.of("another", OWN, SECOND) == (True, False)


def test_flags_that_an_older_release_left_out_are_not_the_same_as_no_note():
    text = '[["a", null, null, null, ""], ["b", "brings a drum", null, null, null], ["c", null, null, null, "00ff"]]'
    assert apart_in(text) == {
        "a": Apart(None, None, None, b""),
        "b": Apart("brings a drum", None, None, None),
        "c": Apart(None, None, None, b"\x00\xff"),
    }
    assert apart_in(None) == {}
