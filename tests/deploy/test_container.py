"""Dockerfile, .dockerignore, the health check, compose. No test here has a container engine; bad habits show without one."""

import fnmatch
import os
import re
import shlex
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
import yaml

from tests.database import fresh_database, settings
from tests.deploy.manifests import ROOT, settings_known

COMPOSE_WORDS = {"VERSION"}  # asked for by compose alone


def instructions():
    text = re.sub(r"\\\n\s*", "", (ROOT / "Dockerfile").read_text())
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return [tuple(line.split(maxsplit=1)) for line in lines]


def words(name):
    return [rest for word, rest in instructions() if word == name]


def test_image_is_built_in_two_stages_and_runs_as_nobody_in_particular():
    assert len(words("FROM")) == 2
    assert re.fullmatch(r"[1-9]\d*:[1-9]\d*", words("USER")[-1])
    last = [word for word, _ in instructions()]
    assert last.index("USER") > max(number for number, word in enumerate(last) if word in ("RUN", "COPY"))


def test_base_image_is_a_certain_version_and_slim():
    (base,) = words("ARG")
    assert re.fullmatch(r"PYTHON=python:3\.\d+-slim-\w+", base)
    assert not re.search(r":latest\b", (ROOT / "Dockerfile").read_text())


def test_packages_are_checked_by_hash_and_tools_stay_behind():
    (install,) = [line for line in words("RUN") if "pip install" in line]
    assert "--require-hashes" in install
    assert "--no-cache-dir" in install
    stages = [number for number, (word, _) in enumerate(instructions()) if word == "FROM"]
    assert not any("pip" in rest for _, rest in instructions()[stages[1] :])
    assert "requirements-dev" not in (ROOT / "Dockerfile").read_text()


def test_commands_are_in_exec_form_and_no_secret_is_baked_in():
    assert words("CMD")[-1].startswith("[")
    assert words("HEALTHCHECK")[0].endswith('CMD ["python", "deploy/healthcheck.py"]')
    assert not re.search(r"(SECRET|PASSWORD|TOKEN)", " ".join(words("ENV") + words("ARG")))


NOTHING_COMPILED = shutil.ignore_patterns("__pycache__", "*.pyc")


def context(target: Path, ignore=NOTHING_COMPILED) -> None:
    """Copy what .dockerignore lets into the image."""
    rules = [line for line in (ROOT / ".dockerignore").read_text().splitlines() if line and not line.startswith("#")]
    assert rules[0] == "*"
    for kept in (rule[1:] for rule in rules if rule.startswith("!")):
        source = ROOT / kept
        assert source.exists(), kept
        (target / kept).parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target / kept, ignore=ignore)
        else:
            shutil.copy(source, target / kept)


def test_what_is_let_into_the_image_holds_nothing_private(tmp_path):
    context(tmp_path)
    names = [path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*")]
    for private in (".env*", ".git*", "tests*", ".local*", "bin*", "*.pyc", "deploy/k8s*"):
        assert not fnmatch.filter(names, private)


@pytest.fixture
def free_port():
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return probe.getsockname()[1]


def test_the_image_migrates_serves_and_is_healthy_from_files_that_nobody_may_write(tmp_path, free_port):
    """The container without its walls: only the files of the image, as its user when we may become one."""
    context(tmp_path / "srv", ignore=None)  # what is compiled already need not be compiled anew
    (compilation,) = [line for line in words("RUN") if "compileall" in line]
    subprocess.run([sys.executable, *shlex.split(compilation)[1:]], cwd=tmp_path / "srv", check=True)
    for path in [*tmp_path.rglob("*"), tmp_path]:
        path.chmod(0o555 if path.is_dir() else 0o444)
    with fresh_database() as url:
        env = {**os.environ, **settings(url), "APP_ENV": "production", "SECRET_KEY": os.urandom(32).hex()}
        env |= {"HEALTH_KEY": os.urandom(32).hex()}
        env |= {"PORT": str(free_port), "TRUSTED_HOSTS": ".example.org", "PYTHONDONTWRITEBYTECODE": "1"}
        env |= {"WEB_CONCURRENCY": "1", "TMPDIR": "/dev/shm" if Path("/dev/shm").is_dir() else "/tmp"}
        place = {"cwd": tmp_path / "srv", "env": env, "text": True}
        flask = subprocess.run(
            [sys.executable, "-m", "flask", "db", "upgrade"], capture_output=True, check=False, **place
        )
        assert flask.returncode == 0, flask.stderr
        check = [sys.executable, "deploy/healthcheck.py"]
        assert subprocess.run(check, check=False, capture_output=True, **place).returncode == 1, "nobody serves yet"
        site = subprocess.Popen(
            [sys.executable, "-m", "gunicorn", "wsgi:app"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, **place
        )
        try:
            deadline = time.monotonic() + 300
            while (asked := subprocess.run(check, check=False, capture_output=True, **place)).returncode:
                assert time.monotonic() < deadline, asked.stderr
                assert site.poll() is None, site.stdout.read()
                time.sleep(0.2)
        finally:
            site.terminate()
            site.wait(30)
        assert site.returncode == 0, "a TERM ends it in peace"


def compose():
    return yaml.safe_load((ROOT / "deploy" / "compose.yaml").read_text())


def test_compose_migrates_before_it_serves():
    services = compose()["services"]
    assert services["web"]["depends_on"]["migrate"] == {"condition": "service_completed_successfully"}
    assert services["migrate"]["depends_on"]["db"] == {"condition": "service_healthy"}
    assert services["migrate"]["command"] == ["flask", "db", "upgrade"]
    assert services["migrate"]["restart"] == "no"
    assert services["migrate"]["image"] == services["web"]["image"]
    assert "pg_isready" in services["db"]["healthcheck"]["test"][1]
    volume = services["db"]["volumes"][0].partition(":")[0]
    assert volume in compose()["volumes"]


def test_the_database_of_compose_quotes_nobody_in_its_log():
    command = compose()["services"]["db"]["command"]
    settings = re.findall(r"^    (log_\w+) = (\S+)$", (ROOT / "docs" / "deployment.md").read_text(), re.M)
    assert dict(settings).keys() >= {"log_error_verbosity", "log_min_error_statement"}
    assert command == ["postgres", *(f"-c{name}={value}" for name, value in settings)]


def test_compose_runs_the_worker_of_the_procfile():
    worker = compose()["services"]["worker"]
    served = re.search(r"^worker: (.+)$", (ROOT / "Procfile").read_text(), re.MULTILINE)[1]
    assert worker["command"] == served.split()
    assert worker["image"] == compose()["services"]["web"]["image"]
    assert worker["depends_on"]["migrate"] == {"condition": "service_completed_successfully"}
    assert worker["restart"] == "unless-stopped"


def test_compose_gives_settings_that_the_application_reads_and_no_secret_of_its_own():
    text = (ROOT / "deploy" / "compose.yaml").read_text()
    for name in ("web", "migrate", "worker"):
        assert compose()["services"][name]["environment"].keys() <= settings_known()
        assert compose()["services"][name]["read_only"] is True
    asked = set(re.findall(r"\$\{(\w+)", text))
    assert asked - COMPOSE_WORDS <= settings_known()
    for secret in ("SECRET_KEY", "HEALTH_KEY", "POSTGRES_PASSWORD"):
        assert f"{secret}: ${{{secret}:?" in text, "without it, compose refuses"
    assert not re.search(r"image: \S+:latest", text)


def test_compose_shows_the_site_to_the_proxy_on_the_same_machine_only():
    (port,) = compose()["services"]["web"]["ports"]
    assert port.startswith("127.0.0.1:")
    assert "ports" not in compose()["services"]["db"]
