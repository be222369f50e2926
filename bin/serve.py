"""What bin/run starts at a port that is free: settings, database, demo and the site, until Ctrl-C.

gunicorn and the worker are forked from this process, which has the application loaded: it is ready two seconds earlier.
"""

import contextlib
import gc
import http.client
import logging
import multiprocessing
import os
import runpy
import secrets
import signal
import sys
import time
from collections.abc import Iterator
from multiprocessing.context import ForkProcess
from pathlib import Path

import psycopg2
from flask import Flask
from sqlalchemy import func, select

from app import create_app
from app.addresses import for_libpq
from app.config import Config, ConfigError
from app.extensions import db
from bin.commands import CommandFailed, flask
from bin.local_postgres import DEVELOPMENT_DATABASE, DEVELOPMENT_HOME, LocalPostgres
from bin.locks import held
from bin.unprivileged import PostgresError

ROOT = Path(__file__).resolve().parent.parent
LOCAL = ROOT / ".local"
LEADER = "leader@demo.example"


class CannotStart(RuntimeError):
    """The message is one sentence that says what to do."""


def serve(port: int) -> int:
    """Until a signal stops it."""
    try:
        with contextlib.ExitStack() as running:
            with _alone():
                config, app = _prepare(running)
            site = running.enter_context(_forked("gunicorn", "--bind", f"127.0.0.1:{port}", "wsgi:app"))
            _wait_until_it_answers(site, port)
            # Sends the mails that wait, or keeps them for /dev/mail.
            worker = running.enter_context(_forked("flask", "worker"))
            _welcome(app, config, port)
            while site.exitcode is None and worker.exitcode is None:
                time.sleep(0.5)
            if site.exitcode is None:
                print("The worker that sends mail has ended. Mail waits until bin/run starts again.", file=sys.stderr)
            site.join()
            return site.exitcode or 0
    except (CannotStart, CommandFailed, ConfigError, PostgresError) as reason:
        print(reason, file=sys.stderr)
        return 1


@contextlib.contextmanager
def _alone() -> Iterator[None]:
    """A second one in this folder, at another port, waits until keys, database and demo are there."""
    with contextlib.ExitStack() as holding:
        try:
            LOCAL.mkdir(exist_ok=True)
            holding.enter_context(held(LOCAL / "preparing.lock"))
        except OSError as error:
            raise CannotStart(
                f"Nothing can be kept in {LOCAL} ({error.strerror}): run this as its owner, or from a folder of your own."
            ) from None
        yield


def _prepare(running: contextlib.ExitStack) -> tuple[Config, Flask]:
    """Settings, a database that lives as long as ``running``, its tables and the demo."""
    _fill_in_settings()
    if not (os.environ.get("DATABASE_URL") or os.environ.get("POSTGRES_SERVER")):
        server = running.enter_context(LocalPostgres(DEVELOPMENT_HOME))
        server.create_database(DEVELOPMENT_DATABASE)
        os.environ["DATABASE_URL"] = server.url(DEVELOPMENT_DATABASE)
    config = Config.load()
    _check_database(config)
    app = create_app(config)
    gc.freeze()  # bin/start.py has stopped it for the time of loading, as wsgi.py does
    gc.enable()
    flask(app, "db", "upgrade", quiet=True)
    # It has made Alembic talkative, of which /readyz asks something each time.
    logging.getLogger("alembic").setLevel(logging.NOTSET)
    if config.environment == "development":
        flask(app, "seed-demo", "--if-empty")
    with app.app_context():
        db.engine.dispose()  # whoever is forked must not share a connection
    return config, app


def _fill_in_settings() -> None:
    """What nobody has set; keys and passwords are made once and kept, so that sessions outlive a restart."""
    defaults = {
        "APP_ENV": lambda: "development",
        "SECRET_KEY": lambda: _kept("secret-key", 32),
        "HEALTH_KEY": lambda: _kept("health-key", 32),
        "DEMO_PASSWORD": lambda: _kept("demo-password", 9),
    }
    for name, make in defaults.items():
        os.environ[name] = os.environ.get(name) or make()
    os.environ["FLASK_APP"] = "wsgi.py"  # whatever else somebody works on
    if not os.environ.get("WEB_CONCURRENCY", "").strip():
        os.environ.pop("WEB_CONCURRENCY", None)  # gunicorn takes an empty one for a number


def _kept(name: str, length: int) -> str:
    file = LOCAL / name
    with (
        contextlib.suppress(FileExistsError),
        os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as new,
    ):
        new.write(secrets.token_urlsafe(length))
    return file.read_text().strip()


def _check_database(config: Config) -> None:
    url = config.database_url
    try:
        psycopg2.connect(for_libpq(url), connect_timeout=5).close()
    except psycopg2.Error as error:  # an option that libpq does not know is none of its OperationalErrors
        reason = str(error).strip().splitlines()[0].rstrip(".")
        raise CannotStart(
            f"The database {url.set(query={})} cannot be reached; set DATABASE_URL (or POSTGRES_SERVER and its companions) right,"
            f" or unset it and bin/run starts a PostgreSQL of its own ({reason})."
        ) from None


@contextlib.contextmanager
def _forked(*command: str) -> Iterator[ForkProcess]:
    """``python -m`` with these arguments, as a process that begins with all that is loaded here."""
    process = multiprocessing.get_context("fork").Process(target=_become, args=command)
    process.start()
    pid = process.pid or 0
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.join()
        except KeyboardInterrupt:  # a second Ctrl-C: somebody is in a hurry
            os.kill(pid, signal.SIGQUIT)
            process.join()


def _become(module: str, *arguments: str) -> None:
    for number in [int(file.name) for file in Path("/dev/fd").iterdir()]:
        if number > 2:  # as subprocess does: our lock on PostgreSQL must end with us
            with contextlib.suppress(OSError):  # the one by which they were listed
                os.close(number)
    os.setsid()  # Ctrl-C in the terminal is for us; it gets a TERM and finishes what it has begun
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, signal.SIG_DFL)
    os.chdir(ROOT)
    sys.argv = [module, *arguments]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


def _wait_until_it_answers(site: ForkProcess, port: int) -> None:
    """Whatever it says: TRUSTED_HOSTS may leave this address out. Nobody's proxy stands between this machine and itself."""
    while site.exitcode is None:
        with contextlib.closing(http.client.HTTPConnection("127.0.0.1", port, timeout=5)) as connection:
            try:
                connection.request("GET", "/healthz")
                connection.getresponse()
            except (OSError, http.client.HTTPException):
                time.sleep(0.05)
            else:
                return
    raise CannotStart("The web server ended at once; its last words stand above.")


def _welcome(app: Flask, config: Config, port: int) -> None:
    print(f"\nScouting Outing Manager is ready: http://127.0.0.1:{port}")
    if _demo_accounts_work(app):
        print(f"Sign in as {LEADER}, parent@demo.example, or parent001@demo.example upward.")
        print(f"Their password is {os.environ['DEMO_PASSWORD']}")
    if config.environment == "development" and not config.smtp_host:
        print(f"No mail leaves; read it at http://127.0.0.1:{port}/dev/mail")
    print("Ctrl-C stops it.", flush=True)


def _demo_accounts_work(app: Flask) -> bool:
    """Somebody else's database has no demo accounts, and an older demo may have another password."""
    from app.identity import passwords
    from app.identity.models import User

    with app.app_context():
        leader = db.session.scalar(select(User).where(func.lower(User.email) == LEADER))
        return leader is not None and passwords.verify(leader.password_hash, os.environ["DEMO_PASSWORD"])
