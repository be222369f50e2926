"""Two at the same moment, with real commits: what is given once is given once, and only because of the locks.

Both decide before either commits, unless one has to wait for the other; so one round shows it. The control is the same round with
the locks taken out: ``FOR UPDATE`` from every statement, and the codes looked at before they are spent.
"""

import threading
import time
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta

import pyotp
import pytest
from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql.base import PGCompiler

from app.admin.rules import set_site_admin, suspend
from app.clock import now
from app.errors import RuleBroken
from app.extensions import db
from app.families import guardians
from app.families.access import tie_of
from app.identity import vault
from app.identity.models import Purpose, RecoveryCode, SecondFactor, User
from app.identity.rules import emailed, factors
from app.identity.rules.accounts import digest
from app.identity.rules.links import make_password_link, open_link, spend_links
from app.identity.rules.signing_in import Attempt
from app.members.importing import drafting, slices
from app.members.importing.applying import apply
from app.members.models import JoinRequest, RosterImport
from app.members.rules import invitations, joining
from app.members.rules.roles import NO_ROLE, Grant, set_role
from app.privacy.rules.removal import remove_account
from app.units.models import RoleName, Unit
from tests.factories import make_family, make_leader, make_person, make_unit, make_user
from tests.outings.helpers import children_of
from tests.sites import STANDS, Site, fresh_site

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
ADMIN = Grant(RoleName.ADMIN)
Deed = Callable[[], object]


def meet(site: Site, deeds: list[Deed]) -> list[bool]:
    """Do both at once, each in a transaction of its own; which of them went well."""
    decided = threading.Barrier(len(deeds))

    def run(deed: Deed) -> bool:
        with site.app.app_context():
            try:
                done = deed()
            except RuleBroken:
                db.session.rollback()
                decided.abort()
                return False
            with suppress(threading.BrokenBarrierError):
                decided.wait(30)
            db.session.commit()
            return done is not False

    with ThreadPoolExecutor(len(deeds)) as pool, site.app.app_context(), db.engine.connect() as watch:
        runs = [pool.submit(run, deed) for deed in deeds]
        while not all(run.done() for run in runs):
            # One stands before a lock, so that the other need not wait for its decision.
            if watch.scalar(STANDS):
                decided.abort()
            watch.rollback()
            time.sleep(0.002)
        return [run.result() for run in runs]


def user_of(user_id: uuid.UUID) -> User:
    user = db.session.get(User, user_id)
    assert user
    return user


# Each makes its rows and returns what two people do; what they do must go well for one of them.


def two_admins_demote_each_other() -> list[Deed]:
    unit = make_unit()
    one, other = (make_leader(unit, RoleName.ADMIN).id for _ in range(2))
    unit_id = unit.id

    def demote(actor: uuid.UUID, user_id: uuid.UUID) -> object:
        return set_role(user_of(actor), db.session.get_one(Unit, unit_id), user_id, NO_ROLE, ADMIN)

    return [lambda: demote(one, other), lambda: demote(other, one)]


def two_admins_step_down() -> list[Deed]:
    unit = make_unit()
    admins, unit_id = [make_leader(unit, RoleName.ADMIN).id for _ in range(2)], unit.id

    def step_down(user_id: uuid.UUID) -> object:
        return set_role(user_of(user_id), db.session.get_one(Unit, unit_id), user_id, NO_ROLE, ADMIN)

    return [lambda at=at: step_down(at) for at in admins]


def one_admin_leaves_and_the_other_steps_down() -> list[Deed]:
    unit = make_unit()
    leaving = make_leader(unit, RoleName.ADMIN, leaves_at=now() - timedelta(minutes=1)).id
    other, unit_id = make_leader(unit, RoleName.ADMIN).id, unit.id
    return [
        lambda: remove_account(leaving),
        lambda: set_role(user_of(other), db.session.get_one(Unit, unit_id), other, NO_ROLE, ADMIN),
    ]


def two_site_admins_take_it_from_each_other() -> list[Deed]:
    db.session.query(User).update({"is_site_admin": False})
    one, other = (make_user(is_site_admin=True).id for _ in range(2))
    return [
        lambda: set_site_admin(user_of(one), other, False),
        lambda: set_site_admin(user_of(other), one, False),
    ]


def two_site_admins_suspend_each_other() -> list[Deed]:
    db.session.query(User).update({"is_site_admin": False})
    one, other = (make_user(is_site_admin=True).id for _ in range(2))
    return [lambda: suspend(user_of(one), other, True), lambda: suspend(user_of(other), one, True)]


def one_invitation_of_the_unit() -> list[Deed]:
    unit = make_unit()
    admin = make_leader(unit, RoleName.ADMIN)
    (made,) = invitations.make_links(admin, unit, [make_person(unit=unit).id])
    return [lambda at=at: accept_unit(at, made.token) for at in (make_user().id, make_user().id)]


def accept_unit(user_id: uuid.UUID, token: str) -> object:
    return invitations.accept_invitation(user_of(user_id), invitations.open_invitation(token), None)


def one_invitation_of_a_guardian() -> list[Deed]:
    parent = make_family(make_unit(), 1)
    token = guardians.invite(parent, tie_of(parent, children_of(parent)[0].id), None, guardians.Rights())
    return [lambda at=at: accept_guardian(at, token) for at in (make_user().id, make_user().id)]


def accept_guardian(user_id: uuid.UUID, token: str) -> object:
    return guardians.accept(user_of(user_id), guardians.open_invitation(token))


def one_proof_of_an_address() -> list[Deed]:
    request = joining.ask_by_mail(make_unit(), None, joining.Asked("Una", make_user().email))
    request.token_hash = digest(token := str(uuid.uuid4()))
    return [lambda: joining.prove(joining.unproved(token))] * 2


def one_request_decided_both_ways() -> list[Deed]:
    unit = make_unit()
    one, other = (make_leader(unit, RoleName.ADMIN).id for _ in range(2))
    asking, child, unit_id = make_user(), make_person(unit=unit).id, unit.id
    joining.ask_as(asking, unit, None, joining.Asked(asking.name, asking.email))
    request_id = db.session.scalars(select(JoinRequest.id).where(JoinRequest.user_id == asking.id)).one()

    def here() -> Unit:
        return db.session.get_one(Unit, unit_id)

    return [
        lambda: joining.accept_request(user_of(one), here(), request_id, [child]),
        lambda: joining.decline_request(user_of(other), here(), request_id, "We do not know you."),
    ]


def one_emailed_link() -> list[Deed]:
    token, _ = emailed.make_link(make_user(), Purpose.SIGN_IN)
    return [lambda: emailed.enter(emailed.open_emailed(token, Purpose.SIGN_IN))] * 2


def one_link_for_a_password() -> list[Deed]:
    token = make_password_link(make_user(), None)

    def use() -> object:
        return spend_links(open_link(token).user) or True

    return [use] * 2


def one_code_of_an_app() -> list[Deed]:
    user = make_user()
    db.session.add(SecondFactor(user_id=user.id, kind="app", name="My phone", secret=vault.seal(SECRET)))
    code, user_id = pyotp.TOTP(SECRET).now(), user.id
    return [lambda: factors.check_code(user_of(user_id), code, Attempt(())) or True] * 2


def one_recovery_code() -> list[Deed]:
    user = make_user()
    code, user_id = factors.new_codes(user)[0], user.id
    return [lambda: factors.check_code(user_of(user_id), code, Attempt(())) or True] * 2


def one_import() -> list[Deed]:
    unit = make_unit()
    admin = make_leader(unit, RoleName.ADMIN)
    draft = drafting.start(admin, unit, b"First Name,Last Name,Youth or adult\nOve,Import,Youth\n", "roster.csv")
    slices.go_on(draft, None, unit, patience=None)
    draft_id, unit_id = draft.id, unit.id

    def write() -> object:
        return apply(db.session.get_one(RosterImport, draft_id), None, db.session.get_one(Unit, unit_id))

    return [write] * 2


RACES = (
    *(
        two_admins_demote_each_other,
        two_admins_step_down,
        one_admin_leaves_and_the_other_steps_down,
        two_site_admins_take_it_from_each_other,
        two_site_admins_suspend_each_other,
    ),
    *(one_invitation_of_the_unit, one_invitation_of_a_guardian, one_proof_of_an_address, one_request_decided_both_ways),
    *(one_emailed_link, one_link_for_a_password, one_code_of_an_app, one_recovery_code, one_import),
)


def outcomes(site: Site) -> dict[str, int]:
    """How many of two went well, by race."""
    found = {}
    for race in RACES:
        with site.app.app_context():
            deeds = race()
            db.session.commit()
        found[race.__name__] = sum(meet(site, deeds))
    return found


def test_of_two_at_once_one_is_told_no(committed_db: Site) -> None:
    assert outcomes(committed_db) == dict.fromkeys((race.__name__ for race in RACES), 1)


def test_without_the_locks_both_get_through(monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: where this one stops a race, the test above proves nothing."""

    def careless_app(factor: SecondFactor, code: str) -> bool:
        step = factors.step_of(SECRET, code)
        fits = step is not None and (factor.last_step or 0) < step
        factor.last_step = step
        return fits

    def careless_paper(user: User, code: str) -> bool:
        mine = (RecoveryCode.user_id == user.id, RecoveryCode.code_hash == digest(code.replace("-", "")))
        there = db.session.scalar(select(RecoveryCode.id).where(*mine)) is not None
        return there and db.session.execute(delete(RecoveryCode).where(*mine)) is not None

    monkeypatch.setattr(PGCompiler, "for_update_clause", lambda *_, **__: "")
    monkeypatch.setattr(factors, "use_app", careless_app)
    monkeypatch.setattr(factors, "use_recovery_code", careless_paper)
    # A site of its own: another's statements would be compiled already, or stay compiled without the locks.
    with fresh_site() as site:
        assert outcomes(site) == dict.fromkeys((race.__name__ for race in RACES), 2)
