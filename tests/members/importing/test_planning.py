import uuid
from dataclasses import replace
from datetime import date

import pytest

from app.members.importing.comparing import compare
from app.members.importing.known import Known, KnownPerson, KnownProposal, name_key
from tests.members.rosters import adults, person, read, youth

AVA = KnownPerson(
    id=uuid.uuid4(),
    first_name="Ava",
    last_name="Holm",
    kind="youth",
    birth_date=date(2014, 2, 3),
    numbers=frozenset({"7"}),
    in_unit=True,
    somewhere=True,
    member_number="7",
)
ASTRID = KnownPerson(
    id=uuid.uuid4(), first_name="Astrid", last_name="Holm", kind="adult", email="astrid@example.org",
    numbers=frozenset({"1"}), in_unit=True, somewhere=True, member_number="1",
)  # fmt: skip
BORN = {"Date of Birth": "02/03/2014"}


def plan(file, *known, patrols=(), unit="Troop 5"):
    return compare(file, Known(list(known), list(patrols)), unit)


def only(file, *known, **more):
    (step,) = plan(file, *known, **more).people
    return step


def test_a_member_number_finds_the_person_even_under_another_first_name():
    step = only(read(youth(person("Avery", number="7"))), AVA)
    assert (step.person_id, step.values) == (AVA.id, {"first_name": ("Ava", "Avery")})


def test_a_member_number_of_somebody_quite_different_changes_nothing():
    found = plan(read(youth(person("Tom", "Smith", "7"))), AVA)
    assert found.people == []
    assert "belongs to Ava Holm" in found.ambiguous[0].message


def test_the_same_name_alone_is_not_the_same_person():
    found = plan(read(youth(person())), replace(AVA, birth_date=None, numbers=frozenset(), member_number=None))
    assert found.people == []
    assert found.ambiguous[0].line == 3
    assert found.nothing_to_do


@pytest.mark.parametrize("in_unit", [True, False])
def test_the_same_name_and_birth_date_are(in_unit):
    known = replace(AVA, numbers=frozenset(), member_number=None, in_unit=in_unit)
    step = only(read(youth(person(number="7") | BORN)), known)
    assert step.person_id == AVA.id
    assert step.place["member_number"] == (None, "7")
    assert step.joins is not in_unit


def test_the_same_name_and_email_are_in_any_case():
    known = replace(ASTRID, numbers=frozenset(), member_number=None)
    assert only(read(adults(person("Astrid", Email="ASTRID@example.org"))), known).person_id == ASTRID.id


def test_two_with_one_name_and_other_birth_dates_are_two():
    assert only(read(youth(person(**{"Date of Birth": "05/05/2012"}))), AVA).is_new


def test_two_with_one_name_and_other_numbers_are_two():
    assert only(read(youth(person(number="8"))), replace(AVA, birth_date=None)).is_new


def test_the_same_name_and_birth_date_under_another_number_is_unclear():
    found = plan(read(youth(person(number="8") | BORN)), AVA)
    assert "with the member number 7, the file says 8" in found.ambiguous[0].message


def test_two_bearers_of_name_and_birth_date_are_unclear():
    twins = [replace(AVA, id=uuid.uuid4(), numbers=frozenset(), member_number=None) for _ in range(2)]
    assert "2 people here have this name" in plan(read(youth(person(**BORN))), *twins).ambiguous[0].message


def test_a_bearer_of_the_name_in_another_unit_is_somebody_else():
    elsewhere = replace(AVA, birth_date=None, numbers=frozenset(), member_number=None, in_unit=False)
    assert only(read(youth(person())), elsewhere).is_new


def test_a_bearer_of_the_name_in_no_unit_may_be_meant():
    nowhere = replace(AVA, birth_date=None, numbers=frozenset(), member_number=None, in_unit=False, somewhere=False)
    assert plan(read(youth(person())), nowhere).people == []


def test_two_rows_for_one_person_the_number_goes_first():
    found = plan(read(youth(person(**BORN), person(number="7"))), replace(AVA, numbers=frozenset({"7"})))
    assert [step.row.line for step in found.people] == [4]
    assert "line 4 is the same person already" in found.ambiguous[0].message


def test_two_rows_of_one_name_without_numbers_are_unclear():
    found = plan(read(youth(person(), person())))
    assert (len(found.added), found.ambiguous[0].line) == (1, 4)


@pytest.mark.parametrize("first", [{"number": "7"}, {"number": "7"} | BORN, BORN])
def test_a_row_that_may_be_another_rows_person_is_unclear(first):
    found = plan(read(youth(person(**first), person())))
    assert (len(found.added), found.ambiguous[0].line) == (1, 4)
    found = plan(read(youth(person(**first)), adults(person())))
    assert len(found.added) == 2, "a father and his son"


def test_two_rows_of_one_name_and_two_birth_dates_are_two():
    found = plan(read(youth(person(number="7", **BORN), person(**{"Date of Birth": "02/04/2014"}))))
    assert (len(found.added), found.ambiguous) == (2, [])


def test_a_number_that_two_people_have_is_unclear():
    found = plan(read(youth(person(number="7"))), AVA, replace(AVA, id=uuid.uuid4()))
    assert "2 people here have the member number 7" in found.ambiguous[0].message


def test_a_blank_never_clears():
    known = replace(AVA, gender="female", rank="Star", patrol="Fox", position="Scribe", form_ab_until=date(2027, 1, 1),
                    swim_class="swimmer", swim_class_on=date(2026, 6, 1), trainings={"Y01": date(2027, 1, 1)})  # fmt: skip
    assert plan(read(youth(person(number="7"))), known, patrols=["Fox"]).nothing_to_do


FORMS = "Health Form A/B - Health Form C"


def test_an_older_form_date_never_replaces_a_newer_one_and_a_newer_one_does():
    known = replace(AVA, form_ab_until=date(2027, 1, 1), form_c_until=date(2027, 1, 1))
    step = only(read(youth(person(number="7", **{FORMS: "12/31/2026(AB) | 01/02/2027 (C)"}))), known)
    assert step.values == {"form_c_until": (date(2027, 1, 1), date(2027, 1, 2))}


def test_an_older_training_date_never_replaces_a_newer_one_and_a_newer_one_does():
    known = replace(ASTRID, trainings={"Y01": date(2027, 1, 1), "W02": date(2027, 1, 1), "N03": None})
    row = person("Astrid", number="1", Training="Y01 A | W02 B | N03 C | X04 D")
    step = only(read(adults(row | {"Expiration Date": "12/31/2026 | 01/02/2027 | | "})), known)
    assert [(seen.code, seen.expires_on, before) for seen, before in step.trainings] == [
        ("W02", date(2027, 1, 2), date(2027, 1, 1)),
        ("X04", None, None),
    ]


@pytest.mark.parametrize(
    ("cell", "day", "changes"),
    [
        ("Beginner", "06/01/2025", {}),
        ("Beginner", "", {}),
        ("Beginner", "06/01/2026", {"swim_class": ("swimmer", "beginner")}),
        ("Swimmer", "06/01/2027", {"swim_class_on": (date(2026, 6, 1), date(2027, 6, 1))}),
    ],
)
def test_an_older_swim_test_never_replaces_a_newer_one(cell, day, changes):
    known = replace(AVA, swim_class="swimmer", swim_class_on=date(2026, 6, 1))
    row = person(number="7", **{"Swim Class": cell, "Swim Class Date": day})
    assert only(read(youth(row)), known).values == changes


def test_changes_are_named_field_by_field():
    step = only(
        read(youth(person(number="7", Rank="Life", Patrol="Owl"))),
        replace(AVA, rank="Star", patrol="Fox"),
        patrols=["Fox"],
    )
    assert (step.values, step.place) == ({"rank": ("Star", "Life")}, {"patrol": ("Fox", "Owl")})


def test_patrols_are_the_same_in_any_case_and_new_ones_come_once():
    found = plan(
        read(youth(person(Patrol="fox"), person("Ben", Patrol="Owl"), person("Cy", Patrol="OWL"))), patrols=["Fox"]
    )
    assert found.patrols == ["Owl"]
    assert [step.place["patrol"][1] for step in found.people] == ["Fox", "Owl", "Owl"]


GUARDIAN = {
    "Parent/Guardian Name": "Astrid Holm",
    "Relationship": "(1) - Mother of - Guardian",
    "Mobile Phone": "555-0113",
}


def test_a_named_guardian_becomes_a_proposal_that_knows_the_adult():
    step = only(read(youth(person(**GUARDIAN))), ASTRID)
    (guardian,) = step.guardians
    assert (guardian.name, guardian.is_new, guardian.adult_number) == ("Astrid Holm", True, "1")


def test_an_unknown_number_gives_a_proposal_without_an_adult_and_it_is_filled_in_later():
    (guardian,) = only(read(youth(person(**GUARDIAN)))).guardians
    assert (guardian.is_new, guardian.adult_number) == (True, None)
    known = replace(AVA, proposals={"astrid holm": KnownProposal("Astrid Holm", "Mother", "555-0113", None)})
    (guardian,) = only(read(youth(person(number="7", **GUARDIAN))), known, ASTRID).guardians
    assert (guardian.is_new, guardian.changes, guardian.adult_number) == (False, {}, "1")


@pytest.mark.parametrize(
    ("first", "last", "found"),
    [("Astrid", "Berg", "1"), ("Astrid Maria", "Holm", "1"), ("Tilda", "Holm", "1"), ("Carl", "Berg", None)],
)
def test_a_number_of_somebody_of_quite_another_name_points_to_nobody(first, last, found):
    bearer = replace(ASTRID, first_name=first, last_name=last)
    (guardian,) = only(read(youth(person(**GUARDIAN))), bearer).guardians
    assert guardian.adult_number == found


def test_a_proposal_that_stands_already_is_no_change():
    known = replace(AVA, proposals={"astrid holm": KnownProposal("Astrid Holm", "Mother", "555-0113", ASTRID.id)})
    assert plan(read(youth(person(number="7", **GUARDIAN))), known, ASTRID).nothing_to_do


def test_a_proposal_changes_field_by_field_and_a_blank_clears_nothing():
    known = replace(AVA, proposals={"astrid holm": KnownProposal("Astrid Holm", "Mother", "555-0000", ASTRID.id)})
    row = person(number="7", **GUARDIAN | {"Relationship": ""})
    assert only(read(youth(row)), known, ASTRID).guardians[0].changes == {"phone": ("555-0000", "555-0113")}


def test_an_account_holder_is_never_made_a_youth():
    found = plan(read(youth(person("Astrid", number="1"))), replace(ASTRID, has_account=True))
    assert found.people == []
    assert "only adults have one" in found.rejected[0].message


@pytest.mark.parametrize(
    ("unit", "in_file", "taken"),
    [
        ("Troop 77", "Troop 77 B", True),
        ("Troop 77", "Troop 0077", True),
        ("Troop 77", "Pack 12 | Troop 77 G", True),
        ("Troop 77", "", True),
        ("Grace Church", "Troop 77 B", True),
        ("Troop 77", "Pack 77", False),
        ("Troop 77", "Troop 7", False),
    ],
)
def test_a_roster_of_another_unit_is_rejected_row_by_row(unit, in_file, taken):
    found = plan(read(adults(person("Astrid", **{"Unit Number": in_file}))), unit=unit)
    assert (len(found.people), len(found.rejected)) == ((1, 0) if taken else (0, 1))


def test_who_is_not_in_the_file_is_counted_and_left_alone():
    found = plan(read(youth(person(number="7"))), AVA, ASTRID)
    assert (found.not_in_file, found.nothing_to_do) == (1, True)


@pytest.mark.parametrize("other", ["José Ángel O'Neill-Ruiz", "Jose Angel ONeill Ruiz", "JOSÉ ÁNGEL O\u2019NEILL-RUIZ"])
def test_names_compare_without_accents_case_and_marks(other):
    assert name_key("José Ángel", "O'Neill-Ruiz") == name_key(other, "")
