"""Who reads and writes health notes: guardians, and nobody else without a trace."""

import io
import json
import zipfile
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from app.audit.models import HealthRead
from app.audit.rules import record
from app.clock import now, today
from app.errors import NotAllowed, NotFound, RuleBroken, Stale
from app.extensions import db
from app.families.access import tie_of
from app.families.health import notes, rules
from app.families.health.answers import NOTHING, Answers
from app.families.health.models import HealthNote
from app.families.health.notes import Papers
from app.families.models import Guardian
from app.members.models import Membership
from tests.factories import keep, make_health, make_leader, make_outing, make_person, make_unit, make_user
from tests.families.health.helpers import FULL, entries, kept


def test_a_guardian_reads_without_a_log_and_everybody_elses_look_can_be_seen(parent, ava, count_statements):
    unit = make_unit()
    outing, leader, ben = make_outing(unit), make_leader(unit), make_person("Ben")
    leader.name = "Coach Ruiz"
    make_health(ava, FULL)
    make_health(ben, NOTHING, confirmed_at=now())
    assert kept(parent, ava).answers == FULL
    assert notes.read_for_staff(parent, [ava.id], None, "roster"), "one's own family is not logged"
    assert db.session.scalars(select(HealthRead)).all() == []
    assert notes.read_for_staff(leader, [ava.id, ben.id], outing.id, "Roster of Winter camp") == {ava.id: FULL}
    (read,) = db.session.scalars(select(HealthRead)).all()
    assert (read.reader_id, read.person_id, read.outing_id) == (leader.id, ava.id, outing.id)
    (look,) = notes.looks_at(tie_of(parent, ava.id))
    assert (look.reader, look.purpose) == ("Coach Ruiz", "Roster of Winter camp")
    assert look.outing_starts_at == outing.starts_at
    people = [make_person() for _ in range(60)]
    for person in people:
        make_health(person, FULL)
    with count_statements() as statements:
        assert len(notes.read_for_staff(leader, [p.id for p in people], None, "roster")) == 60
        db.session.flush()
    assert len(statements) <= 4
    assert notes.read_for_staff(leader, [], None, "roster") == {}


def test_which_answers_there_are_is_for_whoever_may_read_them(parent, ava, client, sign_in):
    other = make_user()
    keep(Guardian(user_id=other.id, person_id=ava.id, may_see_health=False))
    rules.write(parent, ava.id, FULL, Papers(swim_class="nonswimmer"), kept(parent, ava).version)
    rules.confirm(parent, ava.id)
    db.session.commit()
    words = ("medication", "conditions", "swim")
    for user, told in ((other, False), (parent, True)):
        sign_in(client, user)
        page = client.get(f"/family/people/{ava.id}/log").text
        with zipfile.ZipFile(io.BytesIO(client.post("/account/data").data)) as file:
            log = json.dumps(json.loads(file.read("data.json"))["log"])
        assert [word in said for said in (page, log) for word in words] == [told] * 6
        assert "health notes changed" in page, "that there was something, both homes read"
        assert "health notes changed" in log


def test_a_guardianship_without_health_and_strangers_get_nothing(parent, ava):
    make_health(ava, FULL)
    stranger, tie = make_user(), tie_of(parent, ava.id)
    db.session.get(Guardian, (parent.id, ava.id)).may_see_health = False
    for forbidden in (
        lambda: notes.kept_for_guardian(tie),
        lambda: notes.looks_at(tie),
        lambda: rules.write(parent, ava.id, NOTHING, Papers(), ""),
        lambda: rules.confirm(parent, ava.id),
    ):
        with pytest.raises(NotAllowed):
            forbidden()
    for hidden in (
        lambda: rules.write(stranger, ava.id, NOTHING, Papers(), ""),
        lambda: rules.confirm(stranger, ava.id),
    ):
        with pytest.raises(NotFound):
            hidden()


def test_the_second_of_two_homes_sees_both_values(parent, ava):
    other = make_user()
    keep(Guardian(user_id=other.id, person_id=ava.id))
    version = kept(parent, ava).version
    assert rules.write(parent, ava.id, Answers(conditions="asthma"), Papers("swimmer", date(2026, 6, 1)), version)
    with pytest.raises(Stale) as refusal:
        rules.write(other, ava.id, Answers(diets=("vegan",), conditions="asthma"), Papers(), version)
    assert refusal.value.theirs == {"diets": (), "swim_class": "swimmer", "swim_class_on": date(2026, 6, 1)}
    assert refusal.value.yours["diets"] == ("vegan",)
    # An import changes the dates without asking anybody; that is a change, too.
    version = kept(parent, ava).version
    ava.form_ab_until = date(2027, 1, 1)
    with pytest.raises(Stale):
        rules.write(other, ava.id, NOTHING, Papers("swimmer", date(2026, 6, 1)), version)
    # Two who write the same do not disturb each other.
    same = Answers(conditions="asthma"), Papers("swimmer", date(2026, 6, 1), date(2027, 1, 1))
    assert not rules.write(other, ava.id, *same, "")
    assert (ava.version, ava.swim_class) == (1, "swimmer")


@pytest.mark.parametrize(
    ("papers", "field"),
    [(Papers("swimmer", date(2090, 1, 1)), "swim_class_on"), (Papers(None, date(2026, 1, 1)), "swim_class")],
)
def test_a_swim_test_that_cannot_be_is_refused(parent, ava, papers, field):
    with pytest.raises(RuleBroken) as refusal:
        rules.write(parent, ava.id, NOTHING, papers, kept(parent, ava).version)
    assert refusal.value.field == field


def test_nothing_has_changed_is_remembered_once_a_day(parent, ava):
    long_ago = now() - timedelta(days=200)
    make_health(ava, FULL, confirmed_at=long_ago, updated_at=long_ago)
    assert rules.confirm(parent, ava.id)
    assert not rules.confirm(parent, ava.id)
    assert [entry.action for entry in entries(ava)] == ["said that nothing has changed about health"]
    found = kept(parent, ava)
    assert (found.answers, found.confirmed_at.date()) == (FULL, now().date())
    ben = make_person("Ben", guardian=parent)
    assert rules.confirm(parent, ben.id), "there is nothing to tell, and that is an answer"
    assert db.session.get(HealthNote, ben.id).sealed is None


def test_papers_are_on_no_other_page_of_a_guardian_from_whom_health_was_taken(parent, ava, client, sign_in):
    """Swim class and medical form stand on the page of the health notes."""
    other = make_user()
    keep(Guardian(user_id=other.id, person_id=ava.id, may_see_health=False))
    keep(Membership(person_id=ava.id, unit_id=make_unit().id))
    long_ago = today() - timedelta(days=900)
    papers = Papers(swim_class="nonswimmer", swim_class_on=long_ago, form_ab_until=long_ago, form_in_binder=True)
    rules.write(parent, ava.id, FULL, papers, kept(parent, ava).version)
    # As a roster file writes them.
    record(None, "changed by a roster", ava, changes={"swim_class": (None, "nonswimmer"), "rank": (None, "Star")})
    db.session.commit()
    for user, told in ((other, False), (parent, True)):
        sign_in(client, user)
        trail = client.get(f"/family/people/{ava.id}/log").text
        assert ["nonswimmer" in trail, "Star" in trail] == [told, True]
        pages = "".join(client.get(at).text for at in ("/family", f"/family/people/{ava.id}"))
        with zipfile.ZipFile(io.BytesIO(client.post("/account/data").data)) as file:
            data = json.loads(file.read("data.json"))
        (person,), log = data["people"], json.dumps(data["log"])
        assert ["nonswimmer" in log, "Star" in log] == [told, True]
        assert ["swim class" in pages, "A and B of the medical form" in pages] == [told] * 2
        values = [person[name] for name in ("swim_class", "swim_class_on", "form_ab_until", "form_in_binder")]
        assert values == (["nonswimmer", str(long_ago), str(long_ago), True] if told else [None] * 4)
