"""What gunicorn and ``flask`` load. A wrong setting ends it with one sentence, not with a traceback."""

import gc
import sys

# What is loaded here stays as long as the process: to look through it for rubbish again and again takes a sixth of the start.
gc.disable()

import click

from app import create_app
from app.config import ConfigError

try:
    app = create_app()
    from app.families.startup import refuse_open_health
    from app.identity.startup import refuse_published_passwords

    command = click.get_current_context(silent=True)
    # The commands that mend a published password must still run; only serving is refused.
    if command is None or command.info_name == "run":
        refuse_open_health(app)
        refuse_published_passwords(app)
except ConfigError as error:
    sys.exit(f"Scouting Outing Manager does not start: {error} (Everything that is wrong: python -m app.doctor)")
gc.freeze()
gc.enable()
