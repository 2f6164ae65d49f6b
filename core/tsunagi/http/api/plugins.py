"""Plugins: which were found, what they bring, and what is wrong with those that failed."""

from fastapi import APIRouter
from pydantic import BaseModel

from tsunagi.http.auth import SignedIn
from tsunagi.translation import say

router = APIRouter(prefix="/plugins", tags=["plugins"])


class PluginOut(BaseModel):
    """`state` is active, disabled or failed; `brings` names what it contributed, by kind."""

    name: str
    distribution: str
    version: str
    state: str
    problem: str | None
    brings: dict[str, list[str]]


class PluginsOut(BaseModel):
    items: list[PluginOut]


@router.get("", summary="List plugins")
def list_plugins(caller: SignedIn) -> PluginsOut:
    return PluginsOut(
        items=[
            PluginOut(
                name=report.name,
                distribution=report.distribution,
                version=report.version,
                state=report.state,
                problem=say(report.problem) if report.problem else None,
                brings={kind: list(names) for kind, names in (report.brings or {}).items() if names},
            )
            for report in caller.hub.plugins
        ]
    )
