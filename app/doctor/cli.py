"""``flask doctor`` and ``python -m app.doctor``."""

import sys
from collections.abc import Callable, Iterable
from typing import Any, NoReturn

import click
from flask import Flask

from app.config import Config, ConfigError, environment
from app.doctor import settings
from app.doctor.examination import examine
from app.doctor.finding import Finding

OPTIONS = (
    click.option("--backup-mark", envvar="BACKUP_MARK", help="The file that each successful backup touches."),
    click.option(
        "--backup-hours", envvar="BACKUP_HOURS", type=float, default=26, show_default=True, help="At most so old."
    ),
)
HELP = "Say what is wrong with this installation, and what mends it. Exit code: 0 all is well, 1 something is wrong."


def with_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """The options that both commands have."""
    for option in OPTIONS:
        function = option(function)
    return function


def init_app(app: Flask, config: Config) -> None:
    """Add the command."""

    @app.cli.command("doctor", help=HELP, with_appcontext=False)
    @with_options
    def doctor_command(backup_mark: str | None, backup_hours: float) -> None:
        tell(examine(config, environment(), mark=backup_mark, hours=backup_hours))


@click.command("doctor", help=HELP)
@with_options
def alone(backup_mark: str | None, backup_hours: float) -> None:
    """The same for settings with which no application can be made."""
    try:
        env = environment()
    except ConfigError as error:
        tell([Finding("settings", str(error))])
    config, findings = settings.read(env)
    tell([*findings, *examine(config, env, mark=backup_mark, hours=backup_hours)])


def tell(findings: Iterable[Finding]) -> NoReturn:
    """Print each finding as soon as it is made, and end with the exit code."""
    wrong = 0
    for finding in findings:
        wrong += finding.wrong
        click.echo(f"{'WRONG' if finding.wrong else 'note '}  {finding.subject}: {finding.text}")
    click.echo(f"{wrong} {'thing is' if wrong == 1 else 'things are'} wrong." if wrong else "All is well.")
    sys.exit(1 if wrong else 0)
