"""The API as a page: every operation with what it takes, answers and refuses, and a call to copy."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, JSONResponse

from tsunagi.app.access.faces import ADMINISTRATOR, DOCUMENT, OPEN
from tsunagi.http.auth import Caller, SignedIn
from tsunagi.http.errors import NotHere, of_status
from tsunagi.http.problem_types import PREFIX
from tsunagi.http.reference import Group, groups
from tsunagi.http.web.rendering import page
from tsunagi.translation import gettext as _

router = APIRouter(prefix="/reference")


@router.get("")
def list_operations(
    request: Request, caller: SignedIn, search: Annotated[str, Query(max_length=200)] = ""
) -> HTMLResponse:
    """All operations, or those that have the words; a script narrows the list down while one types."""
    words = search.split()
    found = [(group, [each for each in group.operations if each.has(words)]) for group in _groups(request, caller)]
    problems = {each.name: each for group, _ in found for one in group.operations for each in one.problems}
    return page(
        request,
        caller.hub,
        "reference.html",
        groups=[each for each in found if each[1]],
        search=search,
        problems=[problems[name] for name in sorted(problems)],
        prefix=PREFIX,
    )


@router.get("/openapi.json")
def read_description(request: Request, _caller: SignedIn) -> JSONResponse:
    """The OpenAPI 3.1 document, for readers who have signed in to the pages."""
    return JSONResponse(request.app.openapi())


@router.get("/{tag}")
def show_operations(request: Request, caller: SignedIn, tag: str) -> HTMLResponse:
    """The operations of one tag in full."""
    group = next((each for each in _groups(request, caller) if each.slug == tag), None)
    if group is None:
        raise NotHere(of_status(404).message)
    return page(request, caller.hub, "reference_group.html", group=group, permission=_permission, prefix=PREFIX)


def _groups(request: Request, caller: Caller) -> list[Group]:
    services = [name for name, each in caller.hub.registry.connectors.items() if not each.is_crm]
    return [each for each in groups(request.app.openapi(), *services[:1]) if each.operations]


def _permission(declared: str) -> str:
    if declared == OPEN:
        return _("none")
    if declared == ADMINISTRATOR:
        return _("administrators of the CRM")
    if declared.startswith(DOCUMENT):
        return _("{verb} on the document").format(verb=declared.removeprefix(DOCUMENT))
    return declared
