"""Everything about one's family, as a file."""

from flask import Response
from flask_login import current_user

from app.clock import now
from app.extensions import db
from app.identity.confirming import confirmed
from app.identity.permissions import Can
from app.privacy.archive import archive
from app.privacy.download import take_out
from app.privacy.views import bp
from app.web.pages import page
from app.web.public import needs


@bp.get("/account/data")
@needs(Can.OWN_ACCOUNT)
def data() -> Response:
    """What is in the file, and what can be done about one's data."""
    return page("privacy/data.html")


@bp.post("/account/data")
@needs(Can.OWN_ACCOUNT)
@confirmed
def download() -> Response:
    """The file. Health notes and a family's names leave the house, so whoever asks shows again who it is."""
    user, at = current_user._get_current_object(), now()
    response = Response(archive(user, take_out(user), at), mimetype="application/zip")
    response.headers.set("Content-Disposition", "attachment", filename=f"my-family-{at:%Y-%m-%d}.zip")
    response.headers["Cache-Control"] = "no-store"
    db.session.commit()
    return response
