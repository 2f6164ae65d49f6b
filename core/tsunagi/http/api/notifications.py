"""Callbacks of the services: taken in at once, read soon after."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel

from tsunagi.app.sync import notifications
from tsunagi.errors import ConfigError
from tsunagi.http.auth import AnyCaller
from tsunagi.http.errors import NotHere, TooLarge
from tsunagi.text import Text

router = APIRouter(prefix="/notifications", tags=["notifications"])

# A callback names at most some hundred records.
LARGEST_BODY = 256 * 1024


class Accepted(BaseModel):
    """How many records the callback names."""

    records: int


async def raw_body(request: Request) -> bytes:
    """The raw body, whatever its content type. Raises TooLarge before it has been read to the end."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > LARGEST_BODY:
            raise TooLarge(
                Text(
                    en=f"A callback has at most {LARGEST_BODY} bytes.",
                    ja=f"通知は {LARGEST_BODY} バイトまでです。",
                )
            )
    return bytes(body)


@router.post(
    "/{service}",
    status_code=202,
    summary="Tell the hub that records changed",
    openapi_extra={"requestBody": {"content": {"*/*": {"schema": {"type": "string", "format": "binary"}}}}},
)
def receive(server: AnyCaller, service: str, request: Request, body: Annotated[bytes, Depends(raw_body)]) -> Accepted:
    """For the services, which prove themselves by the secret of their subscription.

    400 for a body that is no callback of this service, 403 for one without the secret, 503 while the
    plugin that should read it fails.
    """
    try:
        server.hub.registry.connector(service)
    except ConfigError as error:
        raise NotHere(error.message) from error
    records = notifications.receive(server.hub.context, service, dict(request.headers), body)
    server.nudge()
    return Accepted(records=records)
