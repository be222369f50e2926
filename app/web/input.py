"""What no honest browser sends is refused at the door, before any room has to think of it."""

from flask import Flask, abort, request


def init_app(app: Flask) -> None:
    """Look at what every request says."""

    @app.before_request
    def refuse_nul() -> None:
        # PostgreSQL cannot keep the character NUL, and the driver answers it with an error of its own.
        said = [request.path, *request.args.values()]
        if request.method == "POST":
            said += [value for values in request.form.listvalues() for value in values]
        if any("\0" in text for text in said):
            abort(400)
