"""What a mail about a unit says of days: as the unit has them."""

from datetime import UTC, datetime

import pytest

from app.extensions import db
from app.members.letters import invitation
from app.members.models import Invitation
from app.members.rules.invitations import invite_by_mail
from app.units.models import RoleName
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
