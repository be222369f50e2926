"""What every test can ask for. The browser's share is in tests/browser_fixtures.py."""

import contextlib
import functools
import gc
import importlib
import itertools
import os
import tempfile
from collections.abc import Callable, Generator, Iterator
from typing import Any

import pytest
import segno
from flask import Flask, current_app
from flask.testing import FlaskClient
from flask_sqlalchemy.session import Session
from hypothesis import settings as hypothesis_settings
from jinja2 import FileSystemBytecodeCache
from sqlalchemy import event
from sqlalchemy.engine import Connection

from app.clock import now
from app.extensions import db
from app.identity import limits, passwords
from app.identity.models import User
from app.identity.rules.sessions import begin_session
from tests import database
from tests.factories import CHEAP_HASHER
from tests.one_transaction import Undone, connection_of
from tests.routes.world import InhabitedSite, make_world
from tests.sites import Site, emptied, fresh_site, lenient_site

pytest_plugins = ["tests.browser_fixtures"]

# One example may take its time when the other workers keep the machine busy.
hypothesis_settings.register_profile("house", deadline=None)
hypothesis_settings.load_profile("house")

HASHER, NOBODY = passwords.hasher, passwords.NOBODY  # as the application has them
SERVER = pytest.StashKey[contextlib.ExitStack]()
TEMPLATES = pytest.StashKey[tempfile.TemporaryDirectory[str]]()
COMPILED = "TEST_COMPILED_TEMPLATES"
TRANSACTION_WORDS = ("SAVEPOINT", "RELEASE SAVEPOINT", "ROLLBACK TO SAVEPOINT")


# These take longest, so they begin first: no worker is left alone with one of them at the end.
LONGEST = (
    "tests/migrations/test_guide.py",
    "tests/bin/test_run.py",
    "tests/migrations/test_release_before.py",
    "tests/bench/test_short.py",
    "tests/signups/test_races.py",
    "tests/bench/test_faults.py",
    "tests/migrations/test_data.py",
    "tests/migrations/test_running.py",
    "tests/signups/test_machine.py",
    "tests/browser/test_main_job.py",
    "tests/browser/test_pages.py",
    "tests/bench/test_hostile.py",
)


def pytest_configure(config: pytest.Config) -> None:
    """Every application here has templates of its own; what they are compiled to is kept for all of them and all workers."""
    if COMPILED not in os.environ:
        config.stash[TEMPLATES] = tempfile.TemporaryDirectory(prefix="scouting-templates-")
        os.environ[COMPILED] = config.stash[TEMPLATES].name
    Flask.jinja_options = {**Flask.jinja_options, "bytecode_cache": FileSystemBytecodeCache(os.environ[COMPILED])}


@pytest.hookimpl(wrapper=True)
def pytest_collection(session: pytest.Session) -> Generator[None, Any, Any]:
    """What is imported for the tests stays until the end, so nobody need look for rubbish in it, neither now nor later."""
    gc.disable()
    try:
        share_the_compiling(session.config)
        return (yield)
    finally:
        gc.freeze()
        # A request leaves little, and each look goes through all that the application keeps.
        gc.set_threshold(10_000, 20, 20)
        gc.enable()


def share_the_compiling(config: pytest.Config) -> None:
    """In a fresh checkout each worker begins with other files, and finds what the others have compiled meanwhile."""
    worker = getattr(config, "workerinput", None)
    if worker is None or config.args != config.getini("testpaths"):
        return
    files = sorted(database.ROOT.glob("tests/**/test_*.py"))
    first = len(files) * int(worker["workerid"].removeprefix("gw")) // worker["workercount"]
    for file in [*files[first:], *files[:first]]:
        with contextlib.suppress(Exception):  # pytest comes to it again, and says so
            importlib.import_module(".".join(file.relative_to(database.ROOT).with_suffix("").parts))


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Deal those files out to the workers; xdist gives each an equal run of the list, and who is done takes from another's end."""
    workers = getattr(config, "workerinput", {}).get("workercount", 1)
    shares: list[list[pytest.Item]] = [[] for _ in range(workers)]
    rank = {file: at for at, file in enumerate(LONGEST)}
    long = sorted((item for item in items if file_of(item) in rank), key=lambda item: rank[file_of(item)])
    for item in long:
        shares[rank[file_of(item)] % workers].append(item)
    short = iter([item for item in items if file_of(item) not in rank])
    for share in shares:
        share.extend(itertools.islice(short, max(0, len(items) // workers - len(share))))
    items[:] = [*itertools.chain.from_iterable(shares), *short]


def file_of(item: pytest.Item) -> str:
    """As it stands in ``LONGEST``."""
    return item.nodeid.partition("::")[0]


def pytest_sessionstart(session: pytest.Session) -> None:
    """Only the process that was called starts the server; the workers of pytest-xdist find it in the environment."""
    if "PYTEST_XDIST_WORKER" not in os.environ and not session.config.option.collectonly:
        session.config.stash[SERVER] = contextlib.ExitStack()
        try:
            session.config.stash[SERVER].enter_context(database.test_server())
        except RuntimeError as reason:  # a sentence for people, not a fault of pytest
            pytest.exit(str(reason), returncode=1)


def pytest_unconfigure(config: pytest.Config) -> None:
    gc.freeze()  # nor in what is left at the end
    config.stash.get(SERVER, contextlib.ExitStack()).close()
    if folder := config.stash.get(TEMPLATES, None):
        del os.environ[COMPILED]
        folder.cleanup()


@pytest.fixture(scope="session", autouse=True)
def cheap_passwords() -> Iterator[None]:
    """Hashing takes no time here, neither a password nor that of nobody; ``dear_passwords`` undoes it for one test."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passwords, "NOBODY", CHEAP_HASHER.hash("nobody"))
        patch.setattr(passwords, "hasher", CHEAP_HASHER)
        yield


@pytest.fixture(scope="session", autouse=True)
def one_window() -> Iterator[None]:
    """The windows in which attempts are counted begin when the tests do: none ends between two lines of a test, whatever the hour."""
    usual, shift = limits.window_of, now() - limits.window_of(now())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(limits, "window_of", lambda moment: usual(moment - shift) + shift)
        yield


@pytest.fixture(scope="session", autouse=True)
def plain_pictures() -> Iterator[None]:
    """Nobody scans a QR code here, so none is drawn eight times for the best of the eight."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(segno, "make", functools.partial(segno.make, mask=0))
        yield


@pytest.fixture
def dear_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    """Passwords cost what they cost in earnest."""
    monkeypatch.setattr(passwords, "NOBODY", NOBODY)
    monkeypatch.setattr(passwords, "hasher", HASHER)


@pytest.fixture(scope="session")
def app() -> Iterator[Flask]:
    """The application of this worker. Forms need no CSRF token; set WTF_CSRF_ENABLED back to test that they do."""
    with lenient_site() as site:
        yield site.app


@pytest.fixture(scope="session")
def inhabited_site() -> Iterator[InhabitedSite]:
    """The same with the world of tests/routes in it, made and committed once; for files that make ``app`` this one."""
    with lenient_site() as site:
        # Not around the yield: a command that another test runs would take this application for its own.
        with site.app.app_context():
            made = InhabitedSite.of(site, make_world())
            db.session.remove()
        yield made


@pytest.fixture
def db_session(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """``db.session`` in one transaction that is rolled back; what a view commits is undone with it.

    Every session of ``app``, the views' too, works on one connection: a commit sets a savepoint there.
    """
    usual_bind = Session.get_bind

    def get_bind(self: Session, *args: Any, **kwargs: Any) -> Any:
        return connection if current_app == app else usual_bind(self, *args, **kwargs)

    with app.app_context(), db.engine.connect() as connection, connection_of(connection).one_transaction():
        monkeypatch.setattr(Session, "get_bind", get_bind)
        monkeypatch.setitem(db.session.session_factory.kw, "join_transaction_mode", "create_savepoint")
        yield db.session
        db.session.remove()


@pytest.fixture
def undone(db_session: Any) -> Undone:
    """``with undone():`` takes back whatever the block commits."""

    @contextlib.contextmanager
    def undone() -> Iterator[None]:
        if db_session().in_transaction():
            db_session.commit()
        with connection_of(db_session.get_bind()).undone():
            try:
                yield
            finally:
                db_session.rollback()

    return undone


@pytest.fixture
def client(app: Flask, db_session: Any) -> FlaskClient:
    """A browser in which nobody is signed in; ``app.test_client()`` makes more of them."""
    return app.test_client()


@pytest.fixture(scope="session")
def sign_in() -> Callable[[FlaskClient, User], None]:
    """``sign_in(client, user)`` as signing in leaves it behind; the real form pays for argon2 each time."""

    def sign_in(client: FlaskClient, user: User) -> None:
        token = begin_session(user, "Firefox on Linux", remembered=False)
        db.session.commit()
        with client.session_transaction() as session:
            session["_user_id"] = token

    return sign_in


@pytest.fixture(scope="session")
def committing_site() -> Iterator[Site]:
    """The one of this worker, made by the first test that asks for it."""
    with fresh_site() as site:
        yield site


@pytest.fixture
def committed_db(committing_site: Site) -> Iterator[Site]:
    """For races: ``.app`` and ``.url`` of a database in which commits are real; emptied afterwards."""
    with emptied(committing_site) as site:
        yield site


@pytest.fixture
def count_statements(db_session: Any) -> Callable[[], contextlib.AbstractContextManager[list[str]]]:
    """``with count_statements() as statements:`` collects the SQL that the block sends."""

    @contextlib.contextmanager
    def count() -> Iterator[list[str]]:
        statements: list[str] = []

        def note(_connection: Connection, _cursor: Any, statement: str, *_: Any) -> None:
            if not statement.startswith(TRANSACTION_WORDS):
                # Without the request's id, by which two requests for the same would differ.
                statements.append(statement.partition(" /* request_id=")[0])

        db_session.flush()
        event.listen(db.engine, "before_cursor_execute", note)
        try:
            yield statements
        finally:
            event.remove(db.engine, "before_cursor_execute", note)

    return count
