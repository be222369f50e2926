"""``flask import-roster``."""

from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import click
from flask import Flask

from app.errors import RuleBroken
from app.extensions import db
from app.members.importing.records import LARGEST_FILE
from app.members.importing.running import import_roster


def init_app(app: Flask) -> None:
    """Add the command."""

    @app.cli.command("import-roster")
    @click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
    @click.option("--unit", required=True, help='The unit\'s name, such as "Troop 77"; it is created if there is none.')
    @click.option("--apply", is_flag=True, help="Do it. Without this, the command only says what it would do.")
    @click.option("--time-zone", default="America/New_York", show_default=True, help="Of a unit that is created.")
    def import_roster_command(file: Path, unit: str, apply: bool, time_zone: str) -> None:
        """Take over a unit's people from a roster: Scoutbook, my.scouting, TroopMaster, or a file like one that was imported in the browser."""
        check_time_zone(time_zone)
        try:
            with file.open("rb") as opened:
                # One byte more than is allowed shows that there is more.
                data = opened.read(LARGEST_FILE + 1)
            ran = import_roster(data, unit, apply=apply, actor=None, time_zone=time_zone, file_name=file.name)
            said = list(ran.sentences())
        except OSError as problem:
            raise click.ClickException(f"{file} cannot be read: {problem.strerror}.") from None
        except RuleBroken as refusal:
            db.session.rollback()
            raise click.ClickException(refusal.message) from None
        if ran.done:
            db.session.commit()
        else:
            db.session.rollback()
        for sentence in said:
            click.echo(sentence)


def check_time_zone(name: str) -> None:
    """Refuse a zone that does not exist.

    Raises:
        click.ClickException: with what to write instead.
    """
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise click.ClickException(f"There is no time zone {name!r}; use a name such as America/Chicago.") from None
