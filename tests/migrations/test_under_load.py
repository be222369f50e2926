"""People sign up and read while the schema moves: no request fails, and what was acknowledged is there."""

import threading
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select

from app.extensions import db
from app.families.models import Guardian
from app.signups.models import Participant
from tests.database import ROOT
from tests.factories import make_family, make_outing, make_unit
from tests.migrations.test_data import UNTIDY, participants
from tests.migrations.tree import Tree
from tests.sites import Site, fresh_site

CLIENTS = 8
OUTINGS = 5
BEFORE, REVISION = "7e1f5c0a2b41", "b83d4f0c9a17"
UNDO = """
    ALTER TABLE participants
        DROP CONSTRAINT ck_participants_guest_troop_tidy, DROP CONSTRAINT ck_participants_guest_patrol_tidy;
    DROP INDEX ix_participants_guest_troop_lower, ix_participants_unit_id;"""


class Family:
    """One client: signs everybody up, looks, signs everybody off, looks, and so on through the outings."""

    def __init__(self, app, sign_in, user, people, outings) -> None:
        self.browser = app.test_client()
        sign_in(self.browser, user)
        self.people, self.outings = people, outings

    def go_on_until(self, over: threading.Event) -> tuple[list[int], dict]:
        """The statuses that were not wanted, and who of the family is on which outing by what was acknowledged."""
        bad, coming, turns = [], {}, 0
        while not over.is_set() or turns < 2 * len(self.outings):
            outing = self.outings[turns % len(self.outings)]
            wanted = [] if coming.get(outing) else self.people
            page = f"/outings/{outing}/signup"
            form = {"submission": str(uuid.uuid4()), "people": wanted, "consent": "1", "together": "1"}
            form["seen"] = " ".join(coming.get(outing, []))
            answers = [self.browser.post(page, data=form).status_code, self.browser.get(page).status_code]
            bad += [status for status, good in zip(answers, (302, 200), strict=True) if status not in (good, 303)]
            coming[outing] = wanted
            turns += 1
        return bad, coming


@pytest.fixture
def site() -> Iterator[Site]:
    """A server of eight threads, each of which has its connection."""
    with fresh_site(WEB_THREADS=str(CLIENTS)) as site:
        site.app.config["WTF_CSRF_ENABLED"] = False
        yield site


def test_nobody_notices_an_upgrade(site, sign_in):
    app, tree = site.app, Tree(ROOT, site.url)
    # The site that runs is today's, so that only what the revision itself made is taken back.
    tree.rows(UNDO)
    assert tree.db("stamp", BEFORE).returncode == 0
    tree.rows(participants(3000))  # with something to backfill
    with app.app_context():
        unit = make_unit()
        outings = [make_outing(unit).id for _ in range(OUTINGS)]
        users = [make_family(unit, parent=False) for _ in range(CLIENTS)]
        people = [
            [str(id) for id in db.session.scalars(select(Guardian.person_id).where(Guardian.user_id == user.id))]
            for user in users
        ]
        db.session.commit()
        families = [Family(app, sign_in, user, theirs, outings) for user, theirs in zip(users, people, strict=True)]
        for user in users:
            db.session.refresh(user)
    over = threading.Event()
    with ThreadPoolExecutor(CLIENTS) as pool:
        running = [pool.submit(family.go_on_until, over) for family in families]
        time.sleep(1)
        upgrade = tree.db("upgrade", REVISION)
        over.set()
        ends = [client.result(timeout=300) for client in running]
    assert upgrade.returncode == 0, upgrade.stderr
    assert [bad for bad, _ in ends] == [[]] * CLIENTS
    acknowledged = {(outing, person) for _, coming in ends for outing, theirs in coming.items() for person in theirs}
    with app.app_context():
        rows = db.session.execute(
            select(Participant.outing_id, Participant.person_id).where(
                Participant.outing_id.in_(outings), Participant.state == "confirmed"
            )
        )
        assert {(outing, str(person)) for outing, person in rows} == acknowledged
    assert tree.rows(UNTIDY) == [(0,)]
