"""Rosters are read in full, in whatever order, letters and columns they come."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.families.models import PersonKind
from app.members.importing import cells, table
from app.members.importing.reading import read_roster
from tests.members.rosters import ADULT, SHARED, SMALL, YOUTH, adults, data, person, read, youth


def test_the_small_roster_is_read_in_full():
    file = read_roster(SMALL.read_bytes())

    assert (file.rejected, file.remarks) == ([], [])
    astrid, bo, zoe, per, luc = file.people
    assert (astrid.kind, astrid.first_name, astrid.last_name, astrid.line) == (PersonKind.ADULT, "Astrid", "Holm", 3)
    assert (astrid.email, astrid.gender, astrid.member_number) == ("astrid.holm@example.org", "female", "2200101")
    assert (astrid.form_ab_until, astrid.form_c_until) == (date(2023, 5, 6), date(2025, 5, 6))
    assert (astrid.swim_class, astrid.swim_class_on) == ("swimmer", date(2026, 6, 1))
    assert {t.code: (t.name, t.expires_on) for t in astrid.trainings} == {
        "Y01": ("Safeguarding Youth Training Certification", date(2027, 6, 5)),
        "SCO_800": ("Hazardous Weather Training", date(2028, 5, 8)),
    }
    assert bo.position == "Committee Member | Unit Advancement Chair"
    assert (bo.email, bo.form_ab_until, bo.trainings) == (None, None, ())
    assert (zoe.kind, zoe.first_name, zoe.birth_date, zoe.rank) == (PersonKind.YOUTH, "Zoé", date(2014, 2, 3), "Star")
    assert (zoe.patrol, zoe.position, zoe.line) == ("Vikings", "Scribe", 8)
    (guardian,) = zoe.guardians
    assert (guardian.name, guardian.member_number, guardian.relationship, guardian.phone) == (
        "Astrid Holm",
        "2200101",
        "Mother",
        "555-0113",
    )
    assert zoe.phone is None, "the phone beside a guardian's name is the guardian's"
    assert per.swim_class == "nonswimmer"
    assert luc.guardians == ()


@pytest.mark.skipif(
    not SHARED.exists(), reason="the larger fictional roster stands beside this checkout only in its workshop"
)
def test_the_large_roster_is_read_in_full():
    file = read_roster((SHARED / "scoutbook_roster.csv").read_bytes())
    assert (file.rejected, file.remarks) == ([], [])
    assert [p.kind for p in file.people].count("adult") == 36
    assert [p.kind for p in file.people].count("youth") == 46
    assert {p.patrol for p in file.people} == {None, "Dreadnoughts", "Raven", "Badger", "Owl", "Fox"}


@pytest.mark.skipif(not SHARED.exists(), reason="the other exports stand beside this checkout only in its workshop")
def test_the_other_large_rosters_are_read_in_full():
    mine = read_roster((SHARED / "my_scouting_roster.csv").read_bytes())
    assert (mine.style, len(mine.people), mine.rejected, mine.remarks) == ("my.scouting roster report", 82, [], [])
    theirs = read_roster((SHARED / "troopmaster_scouts.csv").read_bytes())
    assert (theirs.style, len(theirs.people), theirs.rejected, theirs.remarks) == ("TroopMaster scout data", 46, [], [])


def test_a_small_roster_of_my_scouting_is_read_in_full():
    file = read_roster((SMALL.parent / "my_scouting_small.csv").read_bytes())
    assert (file.style, file.rejected, file.remarks) == ("my.scouting roster report", [], [])
    astrid, bo, zoe = file.people
    assert (astrid.kind, astrid.member_number, astrid.email, astrid.position, astrid.line) == (
        PersonKind.ADULT, "2200101", "astrid.holm@example.org", "Scoutmaster", 6
    )  # fmt: skip
    assert (bo.kind, bo.email, zoe.kind, zoe.first_name) == (PersonKind.ADULT, None, PersonKind.YOUTH, "Zoé")
    assert "Pine St" not in repr(file.people), "addresses of homes are left out"


def test_a_small_file_of_troopmaster_is_read_in_full():
    file = read_roster((SMALL.parent / "troopmaster_small.csv").read_bytes())
    assert (file.style, file.rejected, file.remarks) == ("TroopMaster scout data", [], [])
    zoe, per = file.people
    assert (zoe.kind, zoe.birth_date, zoe.patrol, zoe.rank) == (PersonKind.YOUTH, date(2014, 2, 3), "Vikings", "Star")
    assert [guardian.name for guardian in zoe.guardians] == ["Astrid Holm", "Bo Holm"]
    assert [guardian.name for guardian in per.guardians] == ["Bo Holm"]
    assert "Bee" not in repr(file.people), "notes on health are left out"
    assert "000-00-0000" not in repr(file.people), "and numbers that must not be kept"


FULL_ADULT = person("Astrid", "Holm", "2200101", Email="astrid@example.org", Gender="F", Positions="Scoutmaster") | {
    "Unit Number": "Troop 5 G",
    "Training": "Y01 Safeguarding | SCO_800 Weather",
    "Expiration Date": "06/05/2027 | 05/08/2028",
    "Health Form A/B - Health Form C": "05/06/2023(AB) (Expired) | 05/06/2025 (C)",
    "Swim Class": "Swimmer (06/01/2026)",
    "Swim Class Date": "06/01/2026",
}
FULL_YOUTH = person("Zoé", "Holm", "2300201", Gender="F", Rank="Star", Positions="Scribe [ Vikings] Patrol") | {
    "Date of Birth": "02/03/2014",
    "Patrol": " Vikings",
    "Swim Class": "Beginner",
    "Parent/Guardian Name": "Astrid Holm",
    "Relationship": "(2200101) - Mother of - Guardian",
    "Mobile Phone": "555-0113",
}
SECOND_YOUTH = person("Per", "O'Holm", "2300202") | {"Date of Birth": "10/15/2016", "Patrol": "[ Otters]"}


@given(st.permutations(ADULT), st.permutations(YOUTH))
def test_any_order_of_columns_gives_the_same_people(adult_columns, youth_columns):
    usual = read(adults(FULL_ADULT), youth(FULL_YOUTH, SECOND_YOUTH))
    other = read(adults(FULL_ADULT, columns=adult_columns), youth(FULL_YOUTH, SECOND_YOUTH, columns=youth_columns))
    assert len(usual.people) == 3
    assert other == usual


@given(st.sets(st.sampled_from([c for c in YOUTH if c not in ("First Name", "Last Name")])))
def test_any_columns_may_be_missing(left_out):
    columns = [c for c in YOUTH if c not in left_out]
    file = read(youth(FULL_YOUTH, columns=columns))
    assert (len(file.people), file.rejected) == (1, [])
    assert file.people[0].rank == (None if "Rank" in left_out else "Star")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "latin-1", "cp1252"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_encodings_and_line_ends(encoding, end):
    text = data(youth(person("Zoë", "García", "7"))).decode().replace("\r\n", end)
    (found,) = read_roster(text.encode(encoding)).people
    assert (found.full_name, found.line) == ("Zoë García", 3)


def test_what_excel_calls_csv_for_the_macintosh():
    text = data(youth(person("Zoë", "García", "7"))).decode().replace("\r\n", "\r")
    assert read_roster(text.encode("mac-roman")).people[0].full_name == "Zoë García"


def test_letters_are_composed_so_that_names_compare_equal():
    (found,) = read(youth(person("Zoe\u0301"))).people
    assert found.first_name == "Zoé"


@pytest.mark.parametrize("delimiter", [";", "\t"])
def test_other_delimiters(delimiter):
    text = data(youth(FULL_YOUTH)).decode().replace(",", delimiter)
    (found,) = read_roster(text.encode()).people
    assert (found.rank, found.patrol) == ("Star", "Vikings")


def test_a_cell_may_hold_a_line_break_and_a_nickname_in_quotes():
    lines = youth(person("Ava", Rank="Star\nPalm"), person('Ben "Bud"'))
    assert [(p.first_name, p.rank) for p in read(lines).people] == [("Ava", "Star Palm"), ('Ben "Bud"', None)]


def test_a_column_that_comes_twice_gives_its_first_filled_cell():
    lines = youth(columns=["First Name", "Last Name", "Rank", "Rank"])
    lines.insert(2, "1,Ava,Holm,,Star")
    assert read(lines).people[0].rank == "Star"


def test_two_guardians_in_columns_of_their_own():
    columns = ["First Name", "Last Name", *["Parent/Guardian Name", "Relationship", "Mobile Phone"] * 2]
    lines = youth(columns=columns)
    lines.insert(2, "1,Ava,Holm,Astrid Holm,(1) - Mother of,555-0101,Bo Holm,(2) - Father of,555-0102")
    assert [(g.name, g.member_number, g.relationship, g.phone) for g in read(lines).people[0].guardians] == [
        ("Astrid Holm", "1", "Mother", "555-0101"),
        ("Bo Holm", "2", "Father", "555-0102"),
    ]


def test_a_further_guardian_in_a_row_of_its_own():
    lines = youth(FULL_YOUTH, {"Parent/Guardian Name": "Bo Holm", "Relationship": "Father of"})
    (zoe,) = read(lines).people
    assert [(g.name, g.relationship) for g in zoe.guardians] == [("Astrid Holm", "Mother"), ("Bo Holm", "Father")]


def test_the_same_person_twice_is_one_and_somebody_else_with_the_number_is_rejected():
    file = read(
        adults(
            person("Astrid", "Holm", "7", Positions="Scoutmaster"),
            person("Astrid", "Holm", "7", Positions="Merit Badge Counselor", Gender="F"),
            person("Tom", "Smith", "7"),
        )
    )
    assert [(p.full_name, p.position, p.gender) for p in file.people] == [
        ("Astrid Holm", "Scoutmaster | Merit Badge Counselor", "female")
    ]
    assert [(r.line, r.message) for r in file.rejected] == [(5, "its member number stands in line 3 for somebody else")]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("05/06/2023(AB) (Expired) | 05/06/2025 (C)", {"AB": date(2023, 5, 6), "C": date(2025, 5, 6)}),
        ("07/04/2026(AB) (Expired) | ", {"AB": date(2026, 7, 4)}),
        (" | 05/06/2025 (C)", {"C": date(2025, 5, 6)}),
        (" | ", {}),
    ],
)
def test_health_form_dates_are_the_days_on_which_they_run_out(text, found):
    assert cells.forms(text) == found


def test_training_dates_that_do_not_line_up_are_left_out():
    found, problem = cells.trainings("Y01 Safeguarding | SCO_800 Weather", "06/05/2027")
    assert [(t.code, t.expires_on) for t in found] == [("Y01", None), ("SCO_800", None)]
    assert "2 trainings but 1 expiration dates" in problem


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("(1300113) - Father of - Guardian", ("1300113", "Father")),
        ("Mother of - Guardian", (None, "Mother")),
        ("Grandparent", (None, "Grandparent")),
        ("(1300113)", ("1300113", None)),
        ("() - ", (None, None)),
    ],
)
def test_relationships(text, found):
    assert cells.relationship(text) == found


def test_a_header_alone_is_a_roster_of_nobody():
    assert read(adults()).people == []


def test_decode_reads_the_bytes_that_windows_leaves_undefined():
    assert table.decode(b"\x81\xe9") == "\x81é"
