"""Style sheets and scripts: compressed, and kept by browsers for as long as their content stays."""

from importlib.resources import files
from typing import Any

from starlette.middleware.gzip import GZipMiddleware
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Scope


class _LastingFiles(StaticFiles):
    """The addresses carry a digest of the content, see `rendering.static_url`."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        if response.status_code == 200 and scope["query_string"].startswith(b"v="):
            response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        return response


def static_files() -> ASGIApp:
    folder: Any = files("tsunagi.http.web").joinpath("static")
    return GZipMiddleware(_LastingFiles(directory=str(folder)), minimum_size=1000)
