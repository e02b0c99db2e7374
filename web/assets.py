"""Addresses of static files that change when the file does, so browsers may keep each one for a year."""

from functools import cache
from hashlib import sha256
from pathlib import Path

from flask import Flask, Response, current_app, request, url_for

KEEP_FOR_A_YEAR = "public, max-age=31536000, immutable"


def register_assets(app: Flask) -> None:
    """Give the templates `asset('app.css')` and let browsers keep whatever was asked for with its mark."""
    app.jinja_env.globals["asset"] = asset
    app.after_request(_keep_marked_assets)


def asset(filename: str) -> str:
    """Address of a file in `web/static`, with the mark of its present content.

    Raises `FileNotFoundError` for a file that is not there: a page without its style is worse than no page.
    """
    folder = current_app.static_folder
    if folder is None:
        raise FileNotFoundError(filename)
    path = Path(folder) / filename
    return url_for("static", filename=filename, v=_mark(str(path), path.stat().st_mtime_ns))


@cache
def _mark(path: str, _changed_at: int) -> str:
    return sha256(Path(path).read_bytes()).hexdigest()[:8]


def _keep_marked_assets(response: Response) -> Response:
    if request.endpoint == "static" and "v" in request.args and response.status_code == 200:
        response.headers["Cache-Control"] = KEEP_FOR_A_YEAR
    return response
