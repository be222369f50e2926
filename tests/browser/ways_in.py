"""Ways in: how families come to a unit, and what a site offers to sign in with."""

from flask import current_app
from sqlalchemy import select

from app.extensions import db
from app.families.models import Person
from app.identity.models import SecondFactor, User
from app.identity.rules.accounts import digest
from app.members.models import JoinRequest
from app.members.rules.invitations import invite_by_mail, make_links
from app.members.rules.joining import Asked, ask_as, ask_by_mail
from app.units.models import Unit
from tests.factories import keep, make_user

TWO_STEPS = "two-steps@example.org"
LONG = "Backpacking along the northern shore with an overnight stay at the old lighthouse station"


def make_ways_to_sign_in() -> User:
    """Passkeys and a provider; and an account with an app and a passkey, which is asked for one of them."""
    current_app.config |= {
        "SITE_URL": "http://localhost",
        "OIDC_ISSUER": "https://id.example",
        "OIDC_NAME": "Example Id",
    }
    user = make_user(TWO_STEPS)
    key = {"credential_id": "b", "public_key": "b", "sign_count": 0}
    keep(SecondFactor(user_id=user.id, kind="app", name="My phone", secret="sealed"))
    keep(SecondFactor(user_id=user.id, kind="passkey", name=LONG[:60], **key))
    return user


def make_ways_in(unit: Unit, admin: User, child: Person) -> dict[str, str]:
    """Links on paper, an invitation by mail, and families that ask to join."""
    unit.takes_requests = True
    (for_child,), (for_unit,) = make_links(admin, unit, [child.id]), make_links(admin, unit, [])
    invite_by_mail(admin, unit, "bartholomew.featherstonehaugh@a-very-long-host-name.example.org", child.id)
    for name in ("Rosalind Featherstonehaugh-Montgomery", "Ida Sato"):
        asking = make_user(name=name)
        ask_as(asking, unit, None, Asked(name, asking.email, message=LONG))
    asked = db.session.scalars(select(JoinRequest).order_by(JoinRequest.id)).first()
    unproved = ask_by_mail(unit, None, Asked("Una Unproved", "unproved@example.org"))
    unproved.token_hash = digest("proves-an-address")
    return {
        "child_link": for_child.token,
        "unit_link": for_unit.token,
        "request": str(asked.id if asked else ""),
        "proof": "proves-an-address",
    }
