"""What an honest browser sends, by the view that it is for."""

import io
import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pyotp

from app.clock import now
from app.errors import RuleBroken
from app.extensions import db, new_id
from app.families.access import tie_of
from app.families.health.notes import kept_for_guardian
from app.families.models import Person
from app.identity import vault
from app.identity.permissions import Can
from app.members.models import Membership, Position
from app.members.rules.editing import place_version
from app.signups.rules import leader as leader_rules
from app.units.access import may
from tests.factories import PASSWORD
from tests.outings.helpers import typed
from tests.routes.things import ROSTER
from tests.routes.world import World

NEW_PASSWORD = "a quite new pass phrase"


def plan_form(world: World, **values: Any) -> dict[str, Any]:
    """A plan for the unit."""
    return typed(uuid.UUID(world["unit"]), **values)


def undo_form(world: World, who: str) -> dict[str, str]:
    """The entry of an edit that ``who`` has just made, or of the leader's where ``who`` could make none."""
    maker = world.users.get(who)
    if not maker or not may(maker, Can.KEEP_ROSTER, uuid.UUID(world["unit"])):
        maker = world.users["leader"]
    outing_id, row_id = uuid.UUID(world["outing"]), uuid.UUID(world["row"])
    done = leader_rules.edit_row(maker, outing_id, row_id, 1, {"note": "changed"}, "confirmed")
    db.session.commit()
    return {"entry": str(done.entry.id)} if done.entry else {}


def new_app_form(world: World, who: str) -> dict[str, str]:
    """The code that an app shows for a secret which the page has made for ``who``."""
    secret = pyotp.random_base32()
    user = world.users.get(who)
    sealed = vault.seal(f"{user.id if user else ''} {secret}")
    return {"sealed": sealed, "code": pyotp.TOTP(secret).now(), "name": "My phone"}


def health_version(world: World, who: str) -> str:
    """What an edit of the child's health notes is based on, for those who may see them."""
    user = world.users.get(who) or world.users["parent"]
    try:
        return kept_for_guardian(tie_of(user, uuid.UUID(world["child"]))).version
    except RuleBroken:
        return ""


def since_of(position_id: str) -> str:
    """The day from which a position counts, as its form says that it saw it; empty once it is gone."""
    position = db.session.get(Position, uuid.UUID(position_id))
    return str(position.since or "") if position else ""


def version_of(person_id: str) -> str:
    """What an edit of a member's place is based on."""
    return place_version(db.session.query(Membership).filter_by(person_id=uuid.UUID(person_id)).one())


ASKING = {"name": "Nora Berg", "email": "nora@example.org", "relationship_to": "parent", "message": "Ava"}
# What an honest browser sends, so that a permitted POST succeeds and the table shows that it does.
FORMS: dict[str, Callable[[World, str], dict[str, Any]]] = {
    "identity.login": lambda world, who: {"login": world.users["parent"].email, "password": PASSWORD},
    "identity.logout": lambda world, who: {},
    "identity.password": lambda world, who: {
        "current": PASSWORD,
        "password": NEW_PASSWORD,
        "again": NEW_PASSWORD,
    },
    "identity.second_factor": lambda world, who: {"code": "000000"},
    # Only a browser with a key can do better; tests/browser/test_passkeys.py has one.
    "identity.use_passkey": lambda world, who: {"sealed": "", "credential": "{}"},
    "identity.second_passkey": lambda world, who: {"sealed": "", "credential": "{}"},
    "identity.new_passkey": lambda world, who: {"name": "My laptop", "sealed": "", "credential": "{}"},
    "identity.confirm": lambda world, who: {"password": PASSWORD},
    "identity.new_app": new_app_form,
    "identity.new_codes": lambda world, who: {},
    "identity.remove_factor": lambda world, who: {},
    "identity.reset_factors": lambda world, who: {},
    "identity.ask_link": lambda world, who: {"login": world.users["parent"].email},
    "identity.forgot": lambda world, who: {"login": world.users["parent"].email},
    "identity.sent": lambda world, who: {"code": "K7QM-2XDP"},
    "identity.enter": lambda world, who: {},
    "identity.reset": lambda world, who: {"password": NEW_PASSWORD, "again": NEW_PASSWORD},
    "identity.email": lambda world, who: {"email": "another@example.org", "current": PASSWORD},
    "identity.confirm_email": lambda world, who: {},
    "identity.take_email_back": lambda world, who: {},
    "identity.end_session": lambda world, who: {},
    "identity.end_other_sessions": lambda world, who: {},
    "identity.welcome": lambda world, who: {"password": NEW_PASSWORD, "again": NEW_PASSWORD},
    "privacy.leave": lambda world, who: {},
    "privacy.keep": lambda world, who: {},
    "privacy.download": lambda world, who: {},
    "mail.retry": lambda world, who: {},
    "families.new": lambda world, who: {
        "first_name": "Elin",
        "last_name": "Berg",
        "kind": "youth",
        "relationship_to": "parent",
        "id": str(new_id()),
    },
    "families.add_row": lambda world, who: {"name": "Aunt Ada", "phone": "555-0101", "id": str(new_id())},
    "families.save_row": lambda world, who: {"place": "1"},
    "families.photo_consent": lambda world, who: {"level": "unit", "seen": ""},
    "families.own_trainings": lambda world, who: {
        "code": "Y01",
        "completed_on": f"{now() - timedelta(days=9):%m/%d/%Y}",
    },
    "families.withdraw_claim": lambda world, who: {},
    "trainings.save": lambda world, who: {"code": "Y01", "completed_on": f"{now() - timedelta(days=9):%m/%d/%Y}"},
    "trainings.decide": lambda world, who: {"confirm": "1"},
    "families.save": lambda world, who: {
        "first_name": "Ava",
        "last_name": "Berg",
        # As it was: not everybody may make the child another age.
        "birth_date": str(db.session.get_one(Person, uuid.UUID(world["child"])).birth_date),
        "email": "",
        "version": "1",
    },
    "families.health": lambda world, who: {
        "diet_words": "DIET-TYPED",
        "conditions": "CONDITION-TYPED",
        "allergies-0-what": "ALLERGEN-TYPED",
        "allergies-0-severity": "mild",
        "swim_class": "beginner",
        "form_ab_until": "2027-06-01",
        "version": health_version(world, who),
    },
    "families.unchanged": lambda world, who: {},
    "families.invite": lambda world, who: {"relationship_to": "parent", "may_sign_up": "1"},
    "families.invitation": lambda world, who: {
        "name": "Nora Berg",
        "email": "nora@example.org",
        "password": NEW_PASSWORD,
        "again": NEW_PASSWORD,
    },
    "identity.outside": lambda world, who: {},
    "identity.disconnect": lambda world, who: {},
    "invitations.send": lambda world, who: {"email": "nora@example.org", "child": ""},
    "invitations.print_links": lambda world, who: {},
    "invitations.withdraw": lambda world, who: {},
    "invitations.accept": lambda world, who: {"children": world["child"]},
    "invitations.decline": lambda world, who: {"reply": "We know nobody of this name."},
    "joining.join": lambda world, who: ASKING,
    "joining.ask": lambda world, who: ASKING,
    "joining.confirm": lambda world, who: {},
    "members.change_guardian": lambda world, who: {
        "may_sign_up": "1",
        "may_consent": "1",
        "may_see_health": "1",
    },
    "outings.plan": lambda world, who: plan_form(world),
    "outings.edit": lambda world, who: plan_form(world, version="1", title="Another name"),
    "outings.set_lead": lambda world, who: {"user_id": world["lead"], "leads": ""},
    "outings.set_state": lambda world, who: {"state": "cancelled", "version": "1"},
    "signups.send": lambda world, who: {
        "people": world["child"],
        "together": "1",
        "consent": "1",
        "seen": "",
        "submission": str(new_id()),
    },
    "roster.save": lambda world, who: {"version": "1", "state": "confirmed", "note": "changed"},
    "roster.place": lambda world, who: {"place": "1", "reason": "asked first"},
    "roster.undo": undo_form,
    "roster.add_one": lambda world, who: {"person_id": world["child"]},
    "units.add": lambda world, who: {
        "name": "Pack 9",
        "kind": "pack",
        "time_zone": "UTC",
        "policy_preset": "scouts_uk",
    },
    "units.settings": lambda world, who: {
        "name": "Troop 78",
        "kind": "troop",
        "time_zone": "UTC",
        "policy_preset": "neutral",
        "version": "1",
    },
    "admin.suspension": lambda world, who: {"suspended": "1"},
    "admin.site_admin": lambda world, who: {"site_admin": "1"},
    "units.patrols": lambda world, who: {"name": "Badger"},
    "members.new": lambda world, who: {
        "first_name": "Elin",
        "last_name": "Berg",
        "kind": "youth",
        "id": str(new_id()),
    },
    "members.save": lambda world, who: {"patrol_id": "", "position": "Scribe", "version": version_of(world["child"])},
    "members.choose_columns": lambda world, who: {"columns": ["patrol", "rank"]},
    "members.make_adult": lambda world, who: {},
    "members.positions": lambda world, who: {"name": "Bugler"},
    "members.change_days": lambda world, who: {
        "since": "2026-01-02",
        "seen_since": since_of(world["position"]),
    },
    "transfers.transfer": lambda world, who: {"to": "Pack 3"},
    "transfers.decide": lambda world, who: {"decline": "1"},
    "duplicates.merge": lambda world, who: {"apart": "1"},
    "duplicates.undo": lambda world, who: {},
    "units.rename": lambda world, who: {"name": "Badger", "seen": "Fox"},
    "units.retire": lambda world, who: {},
    "members.account": lambda world, who: {"email": "lone@example.org"},
    "members.account_link": lambda world, who: {},
    "imports.bring": lambda world, who: {"file": (io.BytesIO(ROSTER), "roster.csv")},
    "imports.send": lambda world, who: {"shown": "0", "tick": "0", "go": "apply"},
    "imports.undo": lambda world, who: {},
    "imports.forget": lambda world, who: {},
    "imports.columns": lambda world, who: {
        "column-0": "first_name",
        "column-1": "last_name",
        "column-2": "birth_date",
        "kind": "",
    },
    "imports.accept": lambda world, who: {},
    "members.save_role": lambda world, who: {"role": "leader", "based_on": ""},
}
