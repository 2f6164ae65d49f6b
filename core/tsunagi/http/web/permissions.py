"""The permissions page: what each profile may see and do, as the files in force say."""

from collections.abc import Sequence
from dataclasses import dataclass

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from tsunagi.app.access.matrix import Matrix, profile_matrix
from tsunagi.http.auth import SignedIn
from tsunagi.http.web.rendering import page, service_label
from tsunagi.hub import Hub
from tsunagi.rules.permissions import Decision
from tsunagi.rules.permissions_catalogue import Resource
from tsunagi.translation import gettext as _
from tsunagi.translation import say

router = APIRouter()


@dataclass(frozen=True, slots=True)
class Line:
    """One action with the decision for each profile; `label` is empty where the line above names the same thing."""

    label: str
    action: str
    decisions: Sequence[Decision]


@dataclass(frozen=True, slots=True)
class Group:
    title: str
    lines: Sequence[Line]


@router.get("/permissions")
def show_matrix(request: Request, caller: SignedIn) -> HTMLResponse:
    hub = caller.hub
    found = profile_matrix(hub.context, caller.person)
    return page(
        request,
        hub,
        "permissions.html",
        profiles=[row.subject.profile for row in found.rows],
        groups=[group for group in _groups(hub, found) if group.lines],
        broken=found.book.broken,
        folder=hub.context.permissions.folder,
    )


def _groups(hub: Hub, found: Matrix) -> list[Group]:
    titles = {
        "documents": _("Documents"),
        "tabs": _("Tabs"),
        "receivables": _("Receivables and payables"),
        "hub": _("The hub itself"),
    }
    return [Group(title, _lines(hub, found, name)) for name, title in titles.items()]


def _lines(hub: Hub, found: Matrix, group: str) -> list[Line]:
    actions = [(resource, verb) for resource in found.resources for verb in resource.verbs]
    return [
        Line(
            _label(hub, resource) if verb == resource.verbs[0] else "",
            _verb(verb),
            [row.decisions[position] for row in found.rows],
        )
        for position, (resource, verb) in enumerate(actions)
        if resource.group == group
    ]


def _label(hub: Hub, resource: Resource) -> str:
    if resource.group == "tabs":
        return service_label(hub, resource.service)
    label = say(resource.label)
    return f"{service_label(hub, resource.service)} {label}" if resource.service else label


def _verb(verb: str) -> str:
    known = {
        "view": _("view"),
        "create": _("create"),
        "edit": _("edit"),
        "email": _("e-mail"),
        "run": _("run"),
        "check": _("check"),
        "disable": _("switch off"),
        "enable": _("switch on"),
    }
    return known.get(verb, verb)
