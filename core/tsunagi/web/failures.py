"""Error pages, in the reader's language and with what to do next."""

from fastapi import Request
from fastapi.responses import HTMLResponse

from tsunagi.errors import TsunagiError
from tsunagi.hub import Hub
from tsunagi.web.rendering import page


def error_page(request: Request, hub: Hub, error: TsunagiError, status: int) -> HTMLResponse:
    return page(request, hub, "error.html", status=status, error=error, code=status)
