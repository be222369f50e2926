"""What cannot be read: a sentence, a row that is rejected or a cell that is left out, never an error, and the rest is read."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.members.importing import records
from app.members.importing.reading import read_roster
from app.members.importing.records import NotARoster
from tests.members.rosters import ADULT, SMALL, YOUTH, adults, person, read, youth

# A file with a NUL is refused as a whole; every other letter may stand in a cell.
CELL = st.sampled_from('a1 ,;\t"|()[]/-\r\n\x85é') | st.characters(exclude_characters="\x00", exclude_categories=["Cs"])
ALPHABET = st.sampled_from('a1 ,;\t"|()[]/-\r\n\x00\x85é') | st.characters()


@given(st.text(ALPHABET))
def test_no_text_raises_anything_else(text):
    with suppress(NotARoster):
        read_roster(text.encode("utf-8", "surrogatepass"))


@given(st.binary())
def test_no_bytes_raise_anything_else(garbage):
    with pytest.raises(NotARoster):
        read_roster(garbage)


@given(st.dictionaries(st.sampled_from(YOUTH), st.text(CELL)), st.dictionaries(st.sampled_from(ADULT), st.text(CELL)))
def test_no_cell_raises_anything(youth_cells, adult_cells):
    file = read(adults(adult_cells), youth(person() | youth_cells, person("Last", "One", "42")))
    for row in file.people:
        assert not any(ord(letter) < 32 for letter in row.first_name)
        assert 1 <= len(row.first_name) <= 80


@given(st.integers(0, 2000), st.binary(min_size=1, max_size=6))
def test_a_damaged_file_still_raises_nothing_else(place, damage):
    whole = SMALL.read_bytes()
    with suppress(NotARoster):
        read_roster(whole[:place] + damage + whole[place + len(damage) :])


def test_a_row_without_a_name_is_rejected_with_its_line_and_the_rest_works():
    file = read(youth(person("Ava"), person("", "Holm", "9"), person("Ben")))
    assert [p.first_name for p in file.people] == ["Ava", "Ben"]
    assert [(r.line, r.message) for r in file.rejected] == [(4, "the first name is missing")]


@pytest.mark.parametrize(
    ("cells_of_row", "reason"),
    [
        ({"Date of Birth": "13/45/2011"}, "“13/45/2011” is not a date"),
        ({"BSA Number": "none"}, "“none” is not a member number"),
        ({"First Name": "A" * 81}, "longer than 80 characters"),
        ({"Last Name": ""}, "the last name is missing"),
    ],
)
def test_what_says_who_somebody_is_must_be_readable(cells_of_row, reason):
    file = read(youth(person() | cells_of_row, person("Next")))
    assert [p.first_name for p in file.people] == ["Next"]
    (rejected,) = file.rejected
    assert rejected.line == 3
    assert reason in rejected.message


@pytest.mark.parametrize(
    ("column", "text", "field"),
    [
        ("Swim Class", "Dolphin", "swim_class"),
        ("Swim Class", "Swimmer (yesterday)", "swim_class"),
        ("Health Form A/B - Health Form C", "in the binder", "form_ab_until"),
        ("Gender", "?", "gender"),
        ("Rank", "R" * 201, "rank"),
    ],
)
def test_another_cell_that_cannot_be_read_is_left_out_and_said(column, text, field):
    file = read(youth(person(**{column: text})))
    assert file.rejected == []
    assert getattr(file.people[0], field) is None
    assert file.remarks[0].line == 3
    assert column.split(" A/B")[0] in file.remarks[0].message


def test_an_unclosed_quotation_spoils_its_own_line_only():
    lines = youth(person("Ava"), person("Ben"), person("Cleo"))
    lines[3] = '2,"Ben,Holm,12'
    file = read_roster("\r\n".join(lines).encode())
    assert [p.first_name for p in file.people] == ["Ava", "Cleo"]
    assert [(r.line, r.message) for r in file.rejected] == [(4, "a quotation mark in this line is never closed")]


def test_shifted_cells_are_rejected():
    lines = youth(person("Ava"), columns=["First Name", "Last Name", "Rank"])
    lines[2] = "1,Ava,Holm, Jr.,Star"
    file = read_roster("\n".join(lines).encode())
    assert file.people == []
    assert "more cells than its header" in file.rejected[0].message


def test_social_security_numbers_are_never_kept():
    lines = youth(
        person("Ava", Rank="078-05-1120", SSN="078-05-1120", **{"Social Security Number": "078051120"}),
        person("Ben", number="078-05-1120"),
        columns=[*YOUTH, "SSN", "Social Security Number"],
    )
    file = read(lines)
    assert [p.first_name for p in file.people] == ["Ava"]
    assert "looks like a social security number" in file.remarks[0].message
    assert "looks like a social security number" in file.rejected[0].message
    assert "078" not in repr(file)


def test_too_large_and_too_long_are_refused(monkeypatch):
    with pytest.raises(NotARoster, match="larger than 10 MB"):
        read_roster(b"x" * (records.LARGEST_FILE + 1))
    with pytest.raises(NotARoster, match="more than 50,000 rows"):
        read_roster(b"a,b\n" * (records.MOST_ROWS + 101))
    monkeypatch.setattr("app.members.importing.reading.MOST_ROWS", 2)
    with pytest.raises(NotARoster, match="more than 50,000 rows"):
        read(youth(person("A"), person("B"), person("C")))


def test_a_line_longer_than_csv_takes_is_rejected():
    lines = youth(person("Ava"), person("Ben"))
    lines[2] = '1,"' + "x" * 200_000 + '",Holm'
    file = read_roster("\n".join(lines).encode())
    assert [p.first_name for p in file.people] == ["Ben"]
    assert file.rejected[0].line == 3


def test_an_empty_file_is_no_roster():
    with pytest.raises(NotARoster):
        read_roster(b"")
