"""Who asks, and of which hub: the one thing every route of API and pages depends on."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends
from fastapi.requests import HTTPConnection

from tsunagi.app.hub import Hub


@dataclass(frozen=True, slots=True)
class Asking:
    """The hub that is asked. `nudge` tells it that notifications have arrived."""

    hub: Hub
    nudge: Callable[[], None]


def asking(connection: HTTPConnection) -> Asking:
    found: Asking = connection.app.state.asking
    return found


Asked = Annotated[Asking, Depends(asking)]
