"""bin/run as a newcomer meets it, in a copy of the checkout."""

import contextlib
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import urllib.request
from pathlib import Path

import psutil
import pytest

from tests.telemetry.visitor import free_port

ROOT = Path(__file__).resolve().parent.parent.parent
# What Python has compiled comes along: three starts of a site would do it again for each copy.
NOT_COPIED = shutil.ignore_patterns(".*", "tests")
LEFT_OUT = re.compile(
    r"DATABASE_URL|TEST_.*|POSTGRES_.*|PYTEST_.*|APP_ENV|SECRET_KEY|HEALTH_KEY.*|DEMO_PASSWORD|FLASK_.*|LOG_.*|PORT|PYTHON"
)
PATIENCE = 300  # seconds, on the busiest of machines


@contextlib.contextmanager
def copied(name, mode):
    """A copy with a space in its path, in a folder of that mode."""
    outer = Path(tempfile.mkdtemp(dir="/tmp"))
    folder = outer / name
    shutil.copytree(ROOT, folder, ignore=NOT_COPIED)
    (folder / ".venv").symlink_to(sys.prefix)
    outer.chmod(mode)
    yield folder
    data = folder / ".local" / "postgres"
    if data.is_symlink():
        shutil.rmtree(data.resolve())
    shutil.rmtree(outer)


@pytest.fixture(scope="module")
def checkout():
    """One that everybody may enter."""
    with copied("for everybody", 0o755) as folder:
        yield folder


@pytest.fixture(scope="module")
def port():
    return free_port()


def start(checkout, **environment):
    usual = {name: value for name, value in os.environ.items() if not LEFT_OUT.fullmatch(name)}
    return subprocess.Popen(
        [checkout / "bin" / "run"],
        cwd="/",
        env=usual | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,  # a process group of its own, so that it can get a Ctrl-C like in a terminal
    )


def read_until(run, stream, last):
    """The lines that it prints there, up to the one with ``last`` in it."""
    # With all that it has started: whoever is left would hold the pipe that is read here.
    watchdog = threading.Timer(PATIENCE, os.killpg, (run.pid, signal.SIGINT))
    watchdog.start()
    lines = []
    for line in stream:
        lines.append(line)
        if last in line:
            break
    watchdog.cancel()
    said = "".join(lines)
    assert last in said, f"it never said {last!r}:\n{said}{run.stderr.read() if run.poll() is not None else ''}"
    return said


def lose_the_worker(run):
    """It ends, which is said."""
    max(psutil.Process(run.pid).children(), key=psutil.Process.create_time).kill()
    read_until(run, run.stderr, "worker that sends mail has ended")


def press_ctrl_c(run):
    os.killpg(run.pid, signal.SIGINT)
    said = "".join(run.communicate(timeout=PATIENCE))
    assert "GET /readyz 200" in said
    assert "Context impl" not in said, "what Alembic says is for flask db"
    return run.returncode


def processes_in(*folders):
    found = []
    for process in psutil.process_iter():
        try:
            where = Path(process.cwd())
        except (psutil.Error, OSError):
            continue
        if any(where.is_relative_to(folder) for folder in folders):
            found.append(process)
    return found


def psql(checkout, statement):
    command = [checkout / ".venv" / "bin" / "python", "-m", "bin.local_postgres", "psql", "-qAtc", statement]
    return subprocess.run(command, cwd=checkout, text=True, capture_output=True, check=True).stdout.strip()


def serve_once(checkout, port, question, meanwhile=lambda run: None):
    """Start, ask the database, stop; returns what was printed and the answer."""
    # Somebody's way to the rest of the world, which is not asked about this machine.
    elsewhere = {"http_proxy": f"http://127.0.0.1:{free_port()}", "no_proxy": ""}
    run = start(checkout, PORT=str(port), FLASK_APP="other.py", WEB_CONCURRENCY="", **elsewhere)
    try:
        said = read_until(run, run.stdout, "Ctrl-C")
        meanwhile(run)
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz") as answer:
            assert answer.status == 200
        home = (checkout / ".local" / "postgres").resolve()
        assert processes_in(home)
        found = psql(checkout, question)
    finally:
        assert press_ctrl_c(run) == 0
    assert processes_in(checkout, home) == []
    return said, found


def test_it_serves_stops_and_finds_its_data_again(checkout, port):
    first, _ = serve_once(checkout, port, "CREATE TABLE kept ()")
    second, found = serve_once(checkout, port, "SELECT to_regclass('kept')", lose_the_worker)
    assert found == "kept"
    assert f"http://127.0.0.1:{port}" in first
    # Printed only when the account exists and has this password, which was made at the first start.
    accounts = re.compile(r"leader@demo\.example[\s\S]*password is (\S+)")
    assert accounts.search(first)[1] == accounts.search(second)[1]


def test_two_at_once_serve_from_a_folder_that_only_its_owner_may_enter(port):
    """When root runs the tests, PostgreSQL's user cannot enter it."""
    with copied("for its owner only", 0o700) as hidden:
        other = start(hidden, PORT=str(free_port()))

        def both_serve(run):
            read_until(other, other.stdout, "Ctrl-C")
            os.killpg(other.pid, signal.SIGINT)
            other.communicate(timeout=PATIENCE)
            assert other.returncode == 0

        serve_once(hidden, port, "CREATE TABLE kept ()", both_serve)
        assert psql(hidden, "SELECT to_regclass('kept')") == "kept"


def complaint_of(checkout, **environment):
    """The one sentence of a bin/run that cannot start."""
    run = start(checkout, **environment)
    output, complaint = run.communicate(timeout=PATIENCE)
    assert run.returncode != 0
    assert output == ""
    assert len(complaint.strip().splitlines()) == 1, complaint
    return complaint


def test_a_folder_in_which_nothing_can_be_kept(checkout, port, tmp_path):
    with contextlib.suppress(FileNotFoundError):
        (checkout / ".local").rename(tmp_path / "local")
    (checkout / ".local").touch()
    assert "run this as its owner" in complaint_of(checkout, PORT=str(port))
    (checkout / ".local").unlink()
    with contextlib.suppress(FileNotFoundError):
        (tmp_path / "local").rename(checkout / ".local")


def test_a_port_in_use(checkout):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        number = taken.getsockname()[1]
        assert complaint_of(checkout, PORT=str(number)).startswith(f"Port {number} is in use; choose another one")


@pytest.fixture
def env_file(checkout):
    yield checkout / ".env"
    (checkout / ".env").unlink()


def test_the_env_file_is_read_and_the_environment_goes_before_it(checkout, env_file):
    env_file.write_text("# here\nPORT=first\n")
    assert complaint_of(checkout) == "PORT is 'first'; it takes a number from 1 to 65535.\n"
    assert complaint_of(checkout, PORT="second") == "PORT is 'second'; it takes a number from 1 to 65535.\n"
    assert complaint_of(checkout, PORT="\u0665").endswith("it takes a number from 1 to 65535.\n")
    env_file.write_bytes(b"MAIL_FROM=M\xfcnchen\n")
    assert complaint_of(checkout) == ".env is not UTF-8; save it as UTF-8.\n"


@pytest.mark.parametrize("options", ["", "?sslmod=require"])
def test_a_database_that_does_not_answer(checkout, port, options):
    url = f"postgres://me:secret@127.0.0.1:1/mine{options}"
    complaint = complaint_of(checkout, PORT=str(port), DATABASE_URL=url)
    assert "cannot be reached" in complaint
    assert "secret" not in complaint


def test_a_database_url_that_is_none(checkout, port):
    assert "DATABASE_URL cannot be read" in complaint_of(checkout, PORT=str(port), DATABASE_URL="mine")


@pytest.mark.parametrize(
    ("fails_on", "sentence"),
    [("version_info", "Python 3.11 or newer is needed"), ("ensurepip", "apt install python3-venv")],
)
def test_a_python_that_is_too_old_or_incomplete(checkout, tmp_path, fails_on, sentence):
    python = tmp_path / "python"
    python.write_text(f'#!/bin/sh\ncase "$2" in *{fails_on}*) exit 1;; esac\n')
    python.chmod(0o755)
    (checkout / ".venv").rename(tmp_path / "venv")
    try:
        assert sentence in complaint_of(checkout, PYTHON=str(python))
    finally:
        (tmp_path / "venv").rename(checkout / ".venv")
