"""What a mail and a slip of paper about a unit say of days: as the unit has them, and with the year."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from app.clock import now
from app.extensions import db
from app.members.letters import invitation
from app.members.models import Invitation
from app.members.rules.invitations import invite_by_mail
from app.units.models import RoleName
from app.web.formats import full_date
from tests.factories import make_leader


@pytest.mark.parametrize(
    ("zone", "said"), [("America/Chicago", "December 31, 2026"), ("Europe/London", "January 1, 2027")]
)
def test_an_invitation_ends_on_the_day_that_the_unit_has(unit, zone, said):
    unit.time_zone = zone
    invite_by_mail(make_leader(unit, RoleName.ADMIN), unit, "nora@example.org", None)
    invited = db.session.query(Invitation).one()
    invited.expires_at = datetime(2027, 1, 1, 3, tzinfo=UTC)
    db.session.flush()
    assert invitation(invitation_id=str(invited.id)).values["until"] == said


def test_a_slip_that_lies_about_says_in_which_year_it_ends(client, sign_in, unit):
    sign_in(client, make_leader(unit, RoleName.ADMIN))
    until = full_date((now() + timedelta(days=90)).astimezone(ZoneInfo(unit.time_zone)))
    assert f">{until}</time>" in client.post(f"/units/{unit.id}/invitations/print").text
