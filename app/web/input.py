"""What no honest browser sends is refused at the door, before any room has to think of it."""

from flask import Flask, abort, request


def init_app(app: Flask) -> None:
    """Look at what every request says."""

    @app.before_request
    def refuse_nul() -> None:
        # PostgreSQL cannot keep the character NUL, and the driver answers it with an error of its own.
        said = [request.args, request.form] if request.method == "POST" else [request.args]
        if "\0" in request.path or any("\0" in text for sent in said for texts in sent.listvalues() for text in texts):
            abort(400)
