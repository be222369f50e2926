"""What the log is asked for; it comes by the address, so that a page of it can be kept and sent on."""

import uuid
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from werkzeug.datastructures import MultiDict
from wtforms import Form, StringField
from wtforms.validators import Length, Optional

from app.audit.log import Wanted
from app.web.forms import PlainDateField


class LogForm(Form):
    """Filters, each of them optional."""

    who = StringField("Who", [Optional(), Length(max=80)])
    action = StringField("What was done", [Optional(), Length(max=80)])
    unit = StringField("Unit", [Optional(), Length(max=80)])
    outing = StringField("Outing", [Optional(), Length(max=80)])
    since = PlainDateField("From", [Optional()])
    until = PlainDateField("Through", [Optional()])

    def wanted(self, args: "MultiDict[str, str]", zone: ZoneInfo, **fixed: object) -> Wanted:
        """What is asked for; a day that cannot be read asks for nothing."""
        day = timedelta(days=1)
        texts = {name: self[name].data.strip()[:80] for name in ("who", "action", "unit", "outing") if self[name].data}
        return Wanted(
            **texts,
            since=datetime.combine(self.since.data, time(), zone) if self.since.data else None,
            until=datetime.combine(self.until.data + day, time(), zone) if self.until.data else None,
            before=args.get("before", type=uuid.UUID),
            **fixed,  # type: ignore[arg-type]
        )
