"""A real streaming replica: what is read there, what never is, and who answers when it cannot be asked."""

import re
import time

import pytest
from sqlalchemy import create_engine, event

from app import create_app, replica
from app.config import Config
from app.doctor.beside import SAME_CLUSTER
from app.doctor.examination import examine
from app.extensions import db
from app.identity.rules.sessions import begin_session
from app.signups.rules.book import SEATS
from tests.database import flask, fresh_database, settings
from tests.deploy.standby import pair
from tests.routes.world import make_world

ADDS_UP = "sum("


@pytest.fixture(scope="module")
def both(tmp_path_factory):
    with pair(tmp_path_factory.mktemp("pair") / "primary") as both:
        done = flask("db", "upgrade", url=both.primary)
        assert done.returncode == 0, done.stderr
        yield both


@pytest.fixture(scope="module")
def site(both):
    env = settings(both.primary) | {"DATABASE_REPLICA_URL": both.standby.render_as_string(hide_password=False)}
    app = create_app(Config.from_env(env))
    app.config["WTF_CSRF_ENABLED"] = False
    yield app
    with app.app_context():
        for engine in db.engines.values():
            engine.dispose()


@pytest.fixture(scope="module")
def world(site, both):
    with site.app_context():
        world = make_world()
        db.session.commit()
        signed_in = {name: user for name, user in world.users.items() if user}
        world.keys = {
            name: begin_session(user, "Firefox on Linux", remembered=False) for name, user in signed_in.items()
        }
        db.session.commit()
    both.wait()
    return world


@pytest.fixture
def fresh(site, both):
    """The replica has everything and this process knows it."""
    both.on_standby("SELECT pg_wal_replay_resume()")
    both.wait()
    look(site)
    assert state(site).is_fresh()
    yield
    both.on_standby("SELECT pg_wal_replay_resume()")


def state(site):
    return site.extensions[replica.BIND]


def look(site):
    """As the thread does it, once no other look is going on."""
    deadline = time.monotonic() + 10
    while state(site).looking.locked():
        assert time.monotonic() < deadline
        time.sleep(0.01)
    with site.app_context():
        state(site).look()


@pytest.fixture
def asked(site):
    """The statements that reach the replica during a test, without the looks."""
    found = []

    def note(_connection, _cursor, statement, *_):
        if "pg_is_in_recovery" not in statement:
            found.append(statement)

    with site.app_context():
        engine = db.engines["replica"]
    event.listen(engine, "before_cursor_execute", note)
    yield found
    event.remove(engine, "before_cursor_execute", note)


def signed_in(site, world, who):
    client = site.test_client()
    with client.session_transaction() as session:
        session["_user_id"] = world.keys[who]
    return client


def rename(both, world, name):
    """Behind the application's back, as somebody else's edit that this browser knows nothing of."""
    person = f"(SELECT person_id FROM participants WHERE id = '{world['row']}')"
    both.on_primary(f"UPDATE people SET first_name = '{name}', preferred_name = NULL WHERE id = {person}")


def roster(world, more=""):
    return f"/outings/{world['outing']}/roster{more}"


def test_the_roster_and_its_file_come_from_the_replica(site, both, world, fresh, asked):
    rename(both, world, "Before")
    both.wait()
    look(site)
    both.on_standby("SELECT pg_wal_replay_pause()")
    rename(both, world, "After")
    leader = signed_in(site, world, "leader")
    assert "Before" in leader.get(roster(world)).text
    assert "Before" in leader.get(roster(world, ".csv")).text
    assert len(asked) == 2


def test_whoever_has_written_reads_what_was_written(site, both, world, fresh, asked):
    rename(both, world, "Before")
    both.wait()
    look(site)
    both.on_standby("SELECT pg_wal_replay_pause()")
    leader, other = signed_in(site, world, "leader"), signed_in(site, world, "leader")
    page = leader.get(roster(world, f"/{world['row']}/edit")).text
    version = re.search(r'name="version" value="(\d+)"', page)[1]
    answer = leader.post(roster(world, f"/{world['row']}"), data={"version": version, "note": "brings a drum"})
    assert answer.status_code == 303, answer.text
    asked.clear()
    assert "brings a drum" in leader.get(roster(world)).text
    assert asked == []
    # The control: another browser still reads the replica, which does not have it yet; so would this one without the mark.
    assert "brings a drum" not in other.get(roster(world)).text
    with leader.session_transaction() as session:
        assert session.pop("wrote") > time.time() - 60
    assert "brings a drum" not in leader.get(roster(world)).text


def test_a_replica_too_far_behind_is_not_asked(site, both, world, fresh, asked, monkeypatch):
    both.on_standby("SELECT pg_wal_replay_pause()")
    rename(both, world, "Latest")
    look(site)
    assert state(site).behind is not None, "some moments behind, and known to be"
    assert state(site).is_fresh()
    monkeypatch.setattr(replica, "MOST_BEHIND", 0.05)
    time.sleep(0.1)
    assert "Latest" in signed_in(site, world, "leader").get(roster(world)).text
    assert asked == []


def test_a_replica_that_is_gone_is_not_missed(site, both, world, fresh, asked):
    leader = signed_in(site, world, "leader")
    both.stop()
    try:
        assert leader.get(roster(world)).status_code == 200, "found out while it was asked"
        assert not state(site).is_fresh()
        look(site)
        assert leader.get(roster(world, ".csv")).status_code == 200
    finally:
        both.start()
    both.wait()
    look(site)
    asked.clear()
    assert leader.get(roster(world)).status_code == 200
    assert len(asked) == 1, "and asked again when it is back"


def test_a_second_primary_is_no_replica(site, both, world):
    with site.app_context():
        wrong = replica.Replica(db.engine, db.engine)
    wrong.look()
    assert wrong.behind is None


def test_nothing_that_decides_is_read_there(site, both, world, fresh, asked):
    """Every other page of a leader and of a parent, the seats on the roster among them."""
    leader, parent = signed_in(site, world, "leader"), signed_in(site, world, "parent")
    for client, path in [
        (leader, roster(world, f"/{world['row']}")),
        (leader, roster(world, f"/{world['row']}/edit")),
        (leader, roster(world, "/add")),
        (leader, f"/outings/{world['outing']}"),
        (parent, f"/outings/{world['outing']}/signup"),
        (parent, "/family"),
    ]:
        assert client.get(path).status_code == 200, path
    assert asked == []
    assert leader.get(roster(world)).status_code == 200
    assert asked
    # The roster's rows come from there; what the seat book adds up does not.
    assert ADDS_UP in str(SEATS.statements[0])
    assert not any("FOR UPDATE" in statement or ADDS_UP in statement for statement in asked)


def test_the_doctor_sees_a_replica_that_lags(site, both, fresh, monkeypatch):
    env = settings(both.primary) | {"DATABASE_REPLICA_URL": both.standby.render_as_string(hide_password=False)}

    def wrong():
        return [finding.text for finding in examine(Config.from_env(env), env) if finding.wrong]

    assert wrong() == []
    both.on_standby("SELECT pg_wal_replay_pause()")
    both.on_primary("CREATE TABLE filler (id int); DROP TABLE filler")
    monkeypatch.setattr("app.doctor.beside.CATCHES_UP", 1.0)
    (finding,) = wrong()
    assert "has not caught up in 1 s" in finding


def test_the_doctor_sees_the_replica_of_somebody_else(both, fresh):
    with fresh_database() as url:
        env = settings(url) | {"DATABASE_REPLICA_URL": both.standby.render_as_string(hide_password=False)}
        (finding,) = [finding.text for finding in examine(Config.from_env(env), env) if finding.wrong]
    assert "the replica of another PostgreSQL" in finding


def test_the_role_that_serves_may_ask_all_that_is_asked(both):
    both.on_primary("DROP ROLE IF EXISTS plain; CREATE ROLE plain LOGIN PASSWORD 'x'")
    both.wait()
    engines = [create_engine(url.set(username="plain", password="x")) for url in (both.primary, both.standby)]
    with engines[0].connect() as primary, engines[1].connect() as standby:
        assert primary.execute(replica.POSITION).scalar_one() > 0
        assert standby.execute(replica.REPLAYED).one()[0] is True
        assert primary.execute(SAME_CLUSTER).scalar_one() == standby.execute(SAME_CLUSTER).scalar_one()
    for engine in engines:
        engine.dispose()
