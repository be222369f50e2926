"""``flask`` commands of an application that is loaded already."""

import contextlib
import io
import sys
import traceback

import click
from flask import Flask
from flask.cli import FlaskGroup


class CommandFailed(RuntimeError):
    """The message names the command; what it said stands on standard error."""


def flask(app: Flask, *command: str, quiet: bool = False) -> None:
    """Run one in this process; a quiet one shows what it printed only when it fails.

    Raises:
        CommandFailed: it ended with an error.
    """
    printed = io.StringIO()
    failure: object = None
    with contextlib.ExitStack() as caught:
        if quiet:
            caught.enter_context(contextlib.redirect_stdout(printed))
            caught.enter_context(contextlib.redirect_stderr(printed))
        try:
            FlaskGroup(create_app=lambda: app).main(command, "flask", standalone_mode=False)
        except SystemExit as end:
            failure = f"It ended with {end.code}." if end.code else None
        except click.ClickException as refusal:
            failure = refusal.format_message()
        except Exception:
            failure = traceback.format_exc()
    if failure:
        print(printed.getvalue(), failure, sep="\n", file=sys.stderr)
        raise CommandFailed(f"'flask {' '.join(command)}' failed; what it says stands above.")
