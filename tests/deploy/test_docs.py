"""What the pages tell people to type exists; what stands in the files for one machine is well-formed."""

import re
import shutil
import subprocess

import pytest

from tests.deploy.manifests import ROOT, settings_known

PAGES = ("docs/deployment.md", "docs/backup.md")
NGINX = shutil.which("nginx", path="/usr/sbin:/usr/bin:/usr/local/sbin")
OF_FLASK_AND_GUNICORN = {"FLASK_APP", "BIND"}
OPTIONS_OF_THE_DOCTOR = {"BACKUP_MARK", "BACKUP_HOURS"}


@pytest.mark.parametrize("page", PAGES)
def test_every_file_that_is_named_is_there(page):
    text = (ROOT / page).read_text()
    named = set(re.findall(r"(?<![\w./])(?:deploy|docs|bin)/[\w./-]*\w", text))
    assert named
    assert [name for name in sorted(named) if not (ROOT / name).exists()] == []


def test_the_dump_of_every_night_is_for_nobody_else_to_read(tmp_path):
    """With a stand-in for pg_dump, which obeys the umask as pg_dump does."""
    text = (ROOT / "docs" / "backup.md").read_text().partition("## Every night")[2]
    typed = re.match(r"\s*((?: {4}.+\n)+)", text)[1].replace("/var/backups/scouting", str(tmp_path))
    program = tmp_path / "pg_dump"
    program.write_text('#!/bin/sh\nfor word; do case $word in --file=*) echo Ava > "${word#--file=}";; esac; done\n')
    program.chmod(0o755)
    settings = {"PATH": f"{tmp_path}:/usr/bin:/bin", "DATABASE_URL": "postgresql:///x"}
    subprocess.run(["/bin/sh", "-ec", f"umask 022\n{typed}"], env=settings, check=True)
    (dump,) = tmp_path.glob("20*.dump")
    assert dump.read_text() == "Ava\n"
    assert dump.stat().st_mode & 0o077 == 0
    assert (tmp_path / "last-backup").exists()


@pytest.mark.parametrize("page", PAGES)
def test_every_setting_is_one_that_is_read(page):
    text = (ROOT / page).read_text()
    named = set(re.findall(r"(?:`|^ +|/)([A-Z]+_[A-Z_]+)(?==|`)", text, re.MULTILINE))
    assert named
    assert named <= settings_known() | OF_FLASK_AND_GUNICORN | OPTIONS_OF_THE_DOCTOR


@pytest.mark.parametrize("page", PAGES)
def test_every_command_is_one_of_flask(page, app):
    commands = set(re.findall(r"\bflask ([a-z-]+)", (ROOT / page).read_text()))
    assert commands <= {*app.cli.commands, "db"}


def test_the_service_starts_what_the_procfile_starts():
    unit = (ROOT / "deploy" / "vm" / "scouting-outing.service").read_text()
    served = re.search(r"^web: (.+)$", (ROOT / "Procfile").read_text(), re.MULTILINE)[1]
    assert re.search(r"^ExecStart=(.+)$", unit, re.MULTILINE)[1].endswith(f"/{served}")
    assert "Environment=BIND=127.0.0.1:" in unit, "only the proxy reaches it"
    assert 'env.get("BIND")' in (ROOT / "gunicorn.conf.py").read_text()


def test_the_second_service_is_the_worker_of_the_procfile():
    unit = (ROOT / "deploy" / "vm" / "scouting-outing-worker.service").read_text()
    served = re.search(r"^worker: (.+)$", (ROOT / "Procfile").read_text(), re.MULTILINE)[1]
    assert re.search(r"^ExecStart=(.+)$", unit, re.MULTILINE)[1].endswith(f"/{served}")
    assert "Restart=always" in unit, "it ends by itself when it loses the database"


def test_the_proxy_sets_every_header_that_the_site_believes():
    conf = (ROOT / "deploy" / "vm" / "nginx.conf").read_text()
    for header in ("X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Host", "Host"):
        assert f"proxy_set_header {header} $" in conf


@pytest.mark.skipif(NGINX is None, reason="nginx is not installed")
def test_nginx_takes_its_configuration(tmp_path):
    conf = (ROOT / "deploy" / "vm" / "nginx.conf").read_text()
    # Of the machine it will run on: the certificate, and ports that not everybody may open.
    conf = re.sub(r"^ *ssl_certificate.*\n", "", conf, flags=re.MULTILINE)
    conf = conf.replace("listen 443 ssl", "listen 127.0.0.1:8443").replace("listen 80;", "listen 127.0.0.1:8080;")
    paths = "".join(
        f"{kind}_temp_path {tmp_path}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    whole = tmp_path / "nginx.conf"
    whole.write_text(
        f"pid {tmp_path}/pid;\nerror_log stderr;\nevents {{}}\nhttp {{ access_log off; {paths}\n{conf}\n}}\n"
    )
    done = subprocess.run([NGINX, "-t", "-c", whole], text=True, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
