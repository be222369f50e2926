"""Trainings: what each preset knows, who is current on a day, and claims that count for nothing until a leader confirms them."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from app.clock import today
from app.errors import Conflict, NotFound, RuleBroken
from app.extensions import db
from app.families.models import Training, TrainingClaim
from app.families.training.catalogue import LAST_CHECKED, PRESETS, course_of, courses_of
from app.families.training.rules import Proof, claim, withdraw
from app.families.training.standing import Held, Standing, best_of, current_on, last_day_of, months_after, standing_of
from tests.factories import keep, make_adult, make_person, make_unit, make_user

Y01 = course_of("scouting_america", "Y01")
DAY = date(2026, 12, 5)


def held(expires_on=None, completed_on=None, code="Y01"):
    return Held(code, code, completed_on, expires_on)


def test_the_catalogue_is_whole():
    assert date(2026, 11, 23) == LAST_CHECKED
    for preset, courses in PRESETS.items():
        codes = [code for course in courses for code in (course.code, *course.also)]
        assert len(codes) == len(set(codes)), preset
        assert all(code == code.upper() for code in codes), preset
        assert all(course.who.endswith(".") and course.source for course in courses), preset
        assert any(course.everybody for course in courses), preset
    # The figures of domain.md.
    months = {course.code: course.months for course in courses_of("scouting_america", "pack")}
    assert (months["Y01"], months["SCO_800"], months["C32"], months["SSD"]) == (12, 24, None, 24)
    assert "C32" not in {course.code for course in courses_of("scouting_america", "troop")}
    assert course_of("scouting_america", " ws81 ").code == "SCO_800"
    assert course_of("scouts_uk", "Y01") is None
    assert courses_of("unheard of") == courses_of("neutral")


@pytest.mark.parametrize(
    ("training", "expected"),
    [
        (None, Standing.MISSING),
        (held(DAY - timedelta(days=1)), Standing.ENDED),
        (held(DAY), Standing.SOON),
        (held(DAY + timedelta(days=60)), Standing.SOON),
        (held(DAY + timedelta(days=61)), Standing.CURRENT),
        (held(completed_on=date(2025, 12, 4)), Standing.ENDED),
        (held(completed_on=date(2026, 11, 1)), Standing.CURRENT),
        (held(), Standing.UNDATED),
    ],
)
def test_a_training_is_judged_on_the_day_that_is_asked_about(training, expected):
    assert standing_of(Y01, training, DAY) == expected
    assert expected.counts == (expected in ("current", "runs out soon"))


def test_dates_and_the_best_of_several():
    assert months_after(date(2024, 2, 29), 12) == date(2025, 2, 28)
    assert months_after(date(2026, 1, 31), 1) == date(2026, 2, 28)
    assert last_day_of(Y01, DAY, date(2027, 1, 1)) == date(2027, 1, 1), "what the card says wins"
    baloo = course_of("scouting_america", "BALOO")
    assert standing_of(baloo, held(completed_on=date(2010, 1, 1), code="C32"), DAY) == Standing.CURRENT
    weather = course_of("scouting_america", "SCO_800")
    old, new = held(date(2020, 1, 1), code="WS81"), held(date(2027, 1, 1), code="SCO_800")
    assert best_of(weather, [old, new, held(date(2099, 1, 1))]) == new
    trained = {"Ann": [held(DAY)], "Bo": [held(DAY + timedelta(days=300))], "Cy": [held(date(2026, 1, 1))], "Dee": []}
    assert current_on(Y01, trained, DAY) == ({"Ann", "Bo"}, {"Ann"})


@pytest.fixture
def me(db_session):
    user = make_user()
    return user, make_adult("Astrid", "Holm", user_id=user.id, unit=make_unit())


def test_an_adult_claims_and_takes_back(me):
    user, person = me
    found, changed = claim(user, person.id, Proof("Y01", completed_on=today() - timedelta(days=9)))
    assert (changed, found.state, found.expires_on) == (True, "waiting", months_after(found.completed_on, 12))
    assert db.session.scalars(select(Training)).all() == [], "it counts for nothing"
    assert claim(user, person.id, Proof("Y01", completed_on=found.completed_on)) == (found, False)
    newer, _ = claim(user, person.id, Proof("Y01", completed_on=today()))
    assert (newer, found.completed_on) == (found, today())
    assert withdraw(user, person.id, found.id) is found
    assert withdraw(user, person.id, found.id) is None
    assert claim(user, person.id, Proof("Y01", expires_on=today() + timedelta(days=30)))[0] is not found
    assert db.session.query(TrainingClaim).count() == 2


@pytest.mark.parametrize(
    ("proof", "sentence"),
    [
        (Proof("Y01"), "Enter the day on which"),
        (Proof("Y01", completed_on=date(2999, 1, 1)), "a day in the past"),
        (Proof("Y01", expires_on=date(2999, 1, 1)), "within the next 10 years"),
        (Proof("Y01", today(), today() - timedelta(days=1)), "run out before"),
        (Proof("XYZ", completed_on=date(2026, 1, 1)), "Choose one"),
        (Proof("C32", completed_on=date(2026, 1, 1)), "Choose one"),  # a pack's, and this is a troop
    ],
)
def test_what_no_certificate_says(me, proof, sentence):
    user, person = me
    with pytest.raises(RuleBroken, match=sentence):
        claim(user, person.id, proof)


def test_an_older_date_and_a_child_are_no_claim(me, client, sign_in):
    user, person = me
    keep(Training(person_id=person.id, code="WS81", name="Weather", expires_on=today() + timedelta(days=400)))
    with pytest.raises(Conflict, match="We have that already"):
        claim(user, person.id, Proof("SCO_800", expires_on=today() + timedelta(days=399)))
    ava = make_person("Ava", guardian=user, unit=make_unit())
    with pytest.raises(RuleBroken, match="of adults"):
        claim(user, ava.id, Proof("Y01", completed_on=today()))
    with pytest.raises(NotFound):
        claim(make_user(), person.id, Proof("Y01", completed_on=today()))
    sign_in(client, user)
    assert client.get(f"/family/people/{ava.id}/trainings").status_code == 404
    here = f"/family/people/{person.id}/trainings"
    assert client.post(here, data={"code": "Y01", "completed_on": "soon"}).status_code == 422
    assert client.post(here, data={"code": "Y01", "completed_on": f"{today():%m/%d/%Y}"}).status_code == 303
    assert "waits for a leader" in client.get(here).text
    assert "Safeguarding Youth Training waits for a leader to confirm it." in client.get("/family").text
