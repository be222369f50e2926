"""Health notes: flags for all staff, details one person at a time and never without a trace, counts for the cook."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from app.audit.models import HealthRead
from app.clock import now
from app.extensions import db
from app.families.health.answers import Allergy, Answers, Medication
from app.families.health.models import HealthNote
from app.families.models import Guardian
from tests.factories import keep, make_health, make_leader
from tests.roster.helpers import HTMX, put_on, text_of, url, youth

SAID = Answers(
    diets=("no_pork", "nut_free"),
    diet_words="Small portions",
    allergies=(Allergy("Pollen", "mild"), Allergy("Peanuts", "life_threatening", "cannot breathe", "inject")),
    carried=("auto_injector",),
    medications=(Medication("Cetirizine", "10 mg", "8:00"),),
    conditions="Asthma",
)


@pytest.fixture
def row(troop):
    ben = youth(troop.unit, "Ben")
    ben.swim_class, ben.form_ab_until, ben.form_in_binder = "beginner", date(2030, 5, 1), True
    make_health(ben, SAID)
    return put_on(troop.outing, ben)


def reads():
    return list(db.session.scalars(select(HealthRead)))


def test_a_look_is_written_down_once(troop, desk, row):
    said = text_of(desk.get(url(troop.outing, row, "/health")))
    for words in (
        "Allergic to Peanuts life-threatening", "What to do inject", "cannot breathe", "No pork; Nut-free", "Small portions",
        "Cetirizine, 10 mg, 8:00", "Asthma", "An auto-injector", "Swim class Beginner", "Form parts A and B valid until May 1, 2030",
        "Paper form in the binder yes",
    ):  # fmt: skip
        assert words in said
    assert said.index("Peanuts") < said.index("Pollen"), "the worst comes first"
    (read,) = reads()
    assert (read.reader_id, read.person_id, read.outing_id) == (troop.leader.id, row.person_id, troop.outing.id)
    assert read.purpose == "Roster of Winter camp"
    desk.get(url(troop.outing, row, "/health"), headers=HTMX)
    assert len(reads()) == 2, "each look by itself"


def test_a_lead_from_whom_the_notes_of_a_child_were_taken_looks_like_any_other(troop, desk, row):
    """The other home sees it. Of a child whose notes one keeps anyway there is nothing to tell."""
    held = keep(Guardian(user_id=troop.leader.id, person_id=row.person_id))
    db.session.commit()
    desk.get(url(troop.outing, row, "/health"))
    assert reads() == []
    held.may_see_health = False
    db.session.commit()
    assert "Asthma" in text_of(desk.get(url(troop.outing, row, "/health")))
    assert [read.reader_id for read in reads()] == [troop.leader.id]


def test_what_a_release_before_wrote_openly_is_read_too(troop, desk):
    ava = youth(troop.unit, "Ava")
    keep(HealthNote(person_id=ava.id, diet="No pork", allergies="Peanut"))
    row = put_on(troop.outing, ava)
    assert "Health notes on Ava" in text_of(desk.get(url(troop.outing)))
    said = text_of(desk.get(url(troop.outing, row, "/health")))
    assert "More on allergies Peanut" in said
    assert "Diet in own words No pork" in said
    assert len(reads()) == 1


def test_who_has_none_leaves_no_trace(troop, desk):
    ava = youth(troop.unit, "Ava")
    make_health(ava, Answers(), confirmed_at=now())
    row = put_on(troop.outing, ava)
    assert "There are no notes on Ava." in text_of(desk.get(url(troop.outing, row, "/health")))
    assert reads() == []


def test_who_still_waits_when_it_begins_stays_at_home(troop, desk):
    ava = youth(troop.unit, "Ava")
    make_health(ava, SAID)
    row = put_on(troop.outing, ava, "waiting")
    assert "Asthma" in text_of(desk.get(url(troop.outing, row, "/health"))), "there may be a place yet"
    troop.outing.starts_at = now() - timedelta(hours=1)
    db.session.commit()
    answer = desk.get(url(troop.outing, row, "/health"))
    assert answer.status_code == 403
    assert "Ava is not coming" in text_of(answer)
    for page in (url(troop.outing), url(troop.outing, row)):
        assert url(troop.outing, row, "/health") not in desk.get(page).text
    assert len(reads()) == 1
    row.state, row.queue_no, row.confirmed_at = "confirmed", None, now()  # a leader takes them along after all
    db.session.commit()
    assert desk.get(url(troop.outing, row, "/health")).status_code == 200


@pytest.mark.parametrize("closed", ["draft", "cancelled", "long over", "not coming"])
def test_without_need_to_know_they_stay_closed(troop, desk, row, closed):
    if closed == "long over":
        troop.outing.starts_at, troop.outing.ends_at = now() - timedelta(days=9), now() - timedelta(days=8)
    elif closed == "not coming":
        row.state, row.cancelled_at = "cancelled", now()
    else:
        troop.outing.state = closed
    answer, meals = desk.get(url(troop.outing, row, "/health")), desk.get(f"/outings/{troop.outing.id}/meals")
    assert answer.status_code == 403
    assert "Peanut" not in text_of(answer) + text_of(meals)
    assert meals.status_code == (200 if closed == "not coming" else 403)
    assert reads() == []


def test_all_staff_see_flags_and_only_words_of_ours(troop, desk, signed_in, row):
    other = signed_in(make_leader(troop.unit))
    wet = youth(troop.unit, "Ava")
    wet.swim_class = "nonswimmer"
    waiting = youth(troop.unit, "Cleo")
    make_health(waiting, Answers(diets=("vegan",)))
    put_on(troop.outing, wet)
    put_on(troop.outing, waiting, "waiting")
    gone = youth(troop.unit, "Dev")
    make_health(gone, Answers(diets=("halal",), carried=("insulin",)))
    put_on(troop.outing, gone, "cancelled")
    for browser in (desk, other):
        for swims in (False, True, False):  # what is kept of a printed row holds no flag
            wet.swim_class = "swimmer" if swims else "nonswimmer"
            db.session.commit()
            said = text_of(browser.get(url(troop.outing)))
            assert "carries an auto-injector no pork nut-free beginner swimmer Health notes" in said
            assert "vegan" in said
            assert ("non-swimmer" in said) is not swims
    for page in (
        url(troop.outing),
        url(troop.outing, row),
        url(troop.outing, row, "/edit"),
        url(troop.outing) + ".csv",
    ):
        text = text_of(other.get(page))
        for word in ("Small portions", "Peanuts", "Cetirizine", "Asthma", "cannot breathe"):
            assert word not in text, page
    cancelled = text_of(desk.get(url(troop.outing) + "?show=cancelled"))
    assert "Dev" in cancelled
    assert "halal" not in cancelled
    assert reads() == [], "a flag is no look at details"


def test_the_cook_reads_counts_and_no_name(troop, desk, signed_in, row):
    for name, answers in (
        ("Ava", Answers(diets=("no_pork",), allergies=(Allergy("peanut", "mild"), Allergy("peanuts", "mild")))),
        ("Cleo", Answers(allergies=(Allergy("Kiwi", "moderate", "Cleo's lips swell"),), allergy_words="Cleo told us")),
    ):
        person = youth(troop.unit, name)
        make_health(person, answers)
        put_on(troop.outing, person)
    waiting = youth(troop.unit, "Dev")
    make_health(waiting, Answers(diets=("vegan",)))
    put_on(troop.outing, waiting, "waiting")
    answer = signed_in(make_leader(troop.unit)).get(f"/outings/{troop.outing.id}/meals")
    said = text_of(answer)
    assert "3 people come" in said
    assert "Peanuts 2 1 life-threatening 1 mild" in said
    assert "Kiwi 1 1 moderate" in said
    assert "No pork 2" in said
    assert "Nut-free 1" in said
    assert "2 families have written something" in said
    for word in ("Vegan", "Pollen", "Ben", "Ava", "Cleo", "Dev", "lips", "told", "Small portions", "Asthma"):
        assert word not in said
    assert reads() == []
    assert f"/outings/{troop.outing.id}/meals" in desk.get(url(troop.outing)).text


def test_counts_of_one_persons_notes_would_be_that_persons_notes(troop, desk, row):
    """Everybody on the staff reads on the roster on whom there are notes."""
    make_health(youth(troop.unit, "Has nothing to tell"), Answers(), confirmed_at=now())
    meals = f"/outings/{troop.outing.id}/meals"
    said = text_of(desk.get(meals))
    assert "Peanut" not in said
    assert "Small portions" not in said
    assert "Nobody has named" not in said
    assert "There are health notes on one person only, so allergies are not counted here" in said
    assert "No pork 1" in said, "a flag, which the roster shows"
    other = youth(troop.unit, "Ava")
    make_health(other, Answers(conditions="Asthma"))
    put_on(troop.outing, other)
    assert "Peanuts 1 1 life-threatening" in text_of(desk.get(meals))


def test_a_roster_is_shown_without_the_key_and_details_say_what_is_missing(app, troop, desk, row, monkeypatch):
    monkeypatch.setitem(app.config, "HEALTH_KEY", "another key " * 4)
    said = text_of(desk.get(url(troop.outing)))
    assert "Health notes on Ben" in said
    assert "auto-injector" not in said
    answer = desk.get(url(troop.outing, row, "/health"))
    assert answer.status_code == 409
    assert "Tell whoever runs the site" in text_of(answer)
    assert "1 note cannot be opened, so these counts are too low" in text_of(
        desk.get(f"/outings/{troop.outing.id}/meals")
    )
    assert reads() == []
