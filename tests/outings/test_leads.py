"""Who leads an outing: whoever planned it at first, then whom the leaders of the host name on its page."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from app.audit.models import AuditEntry
from app.clock import now
from app.extensions import db
from app.outings.access import leads
from app.outings.models import OutingLead
from app.units.models import Role
from tests.factories import make_family, make_lead, make_leader, make_outing, make_unit, make_user
from tests.outings.helpers import typed

HTMX = {"HX-Request": "true"}


@pytest.fixture
def leader(unit, client, sign_in):
    user = called("Bo Holm", make_leader(unit))
    sign_in(client, user)
    return user


def called(name, user):
    user.name = name
    return user


def named(outing):
    return set(db.session.scalars(select(OutingLead.user_id).where(OutingLead.outing_id == outing.id)))


def url(outing):
    return f"/outings/{outing.id}/leads"


def test_whoever_plans_it_leads_it(client, leader, unit):
    client.post("/outings/new", data=typed(unit.id))
    (lead,) = db.session.scalars(select(OutingLead))
    assert lead.user_id == leader.id


def test_another_is_named_and_taken_back_in_place(client, leader, unit):
    outing, other = make_outing(unit), called("Ida Berg", make_leader(unit))
    form = {"user_id": str(other.id), "leads": "1"}
    answer = client.post(url(outing), data=form, headers=HTMX)
    assert answer.text.strip().startswith('<section class="sheet pad" id="leads"')
    assert "Ida Berg leads this outing." in answer.headers["HX-Trigger"]
    assert client.post(url(outing), data=form).status_code == 303  # sent twice
    assert named(outing) == {other.id}
    client.post(url(outing), data=form | {"leads": ""})
    assert named(outing) == set()
    entries = db.session.scalars(select(AuditEntry).where(AuditEntry.outing_id == outing.id).order_by(AuditEntry.id))
    assert [entry.changes for entry in entries] == [{"lead": [None, "Ida Berg"]}, {"lead": ["Ida Berg", None]}]


def test_nobody_who_leads_nothing_here_can_be_named(client, leader, unit):
    outing, ended = make_outing(unit), make_leader(unit)
    db.session.get(Role, (ended.id, unit.id)).until = now() - timedelta(seconds=1)
    for user in (make_family(unit), make_leader(make_unit()), ended):
        assert client.post(url(outing), data={"user_id": str(user.id), "leads": "1"}).status_code == 422
    assert named(outing) == set()


def test_a_lead_holds_a_role_and_with_it_a_second_factor_or_leads_no_longer(client, app, leader, unit, monkeypatch):
    outing = make_outing(unit)
    make_lead(leader, outing)
    assert leads(leader, outing)
    monkeypatch.setitem(app.config, "REQUIRE_SECOND_FACTOR", True)
    assert client.get(f"/outings/{outing.id}/roster").headers["Location"] == "/account/factors"
    db.session.get(Role, (leader.id, unit.id)).until = now() - timedelta(seconds=1)
    leader.__dict__.pop("_unit_roles")
    assert not leads(leader, outing)


def test_families_read_who_leads_it_and_no_more(client, leader, unit, sign_in, app):
    outing = make_outing(unit)
    make_lead(leader, outing)
    parent = app.test_client()
    sign_in(parent, make_family(unit))
    page = parent.get(f"/outings/{outing.id}").text
    assert "Bo Holm" in page
    assert leader.email not in page
    assert "/leads" not in page


def test_a_site_admin_names_themselves_for_all_to_see(client, unit, sign_in):
    outing, root = make_outing(unit), make_user(is_site_admin=True, name="Root")
    sign_in(client, root)
    assert "Lead it yourself" in client.get(f"/outings/{outing.id}").text
    client.post(url(outing), data={"user_id": str(root.id), "leads": "1"})
    assert named(outing) == {root.id}
    assert "Root" in client.get(f"/outings/{outing.id}").text
