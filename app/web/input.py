"""What no honest browser sends is refused at the door, before any room has to think of it."""

from flask import Flask, abort, request

READS = ("GET", "HEAD", "OPTIONS")
FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")


def init_app(app: Flask) -> None:
    """Look at what every request says."""

    @app.before_request
    def refuse_what_is_no_form() -> None:
        # No page sends JSON; Flask-WTF would read a form's fields from it, past what is said below.
        if request.mimetype not in ("", *FORMS) and request.method not in READS:
            abort(415)

    @app.before_request
    def refuse_nul() -> None:
        # PostgreSQL cannot keep the character NUL, and the driver answers it with an error of its own.
        said = [request.args, request.form] if request.method == "POST" else [request.args]
        if "\0" in request.path or any("\0" in text for sent in said for texts in sent.listvalues() for text in texts):
            abort(400)

    @app.before_request
    def refuse_stray_parts() -> None:
        # Flask-WTF would hand a file to a field that reads text, and stumbles over a part that has no name.
        view = app.view_functions.get(request.endpoint or "")
        allowed = getattr(view, "files", ())
        if request.method == "POST" and (None in request.form or any(name not in allowed for name in request.files)):
            abort(400)
