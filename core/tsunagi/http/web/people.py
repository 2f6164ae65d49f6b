"""Who the CRM's users are, the tokens they sign in with, and what they may do: the files of permissions edited."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Form, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from tsunagi.app.access import permission_editing, tokens
from tsunagi.app.access.matrix import Matrix, profile_matrix
from tsunagi.app.access.permission_editing import Cell, PermissionDraft
from tsunagi.app.access.permissions import list_people as people_of_crm
from tsunagi.app.access.permissions import require_administrator
from tsunagi.app.views.explanations import verb_label
from tsunagi.errors import RuleFileError, TsunagiError
from tsunagi.http.auth import Caller, SignedIn
from tsunagi.http.errors import status_of
from tsunagi.http.web.rendering import page, service_label
from tsunagi.hub import Hub
from tsunagi.rule_files import EditedMeanwhile, fingerprint
from tsunagi.rules.permissions import Decision
from tsunagi.rules.permissions_catalogue import Resource
from tsunagi.translation import gettext as _
from tsunagi.translation import say

router = APIRouter()
_NEW = """\
version: 1
permissions: my_permissions
title: {en: My permissions, ja: 自分の権限}
policies:
  - policy: sales_make_invoices
    effect: permit
    who: {profiles: [Sales]}
    actions: [create, edit, email]
    on: [documents]
"""


@router.get("/people")
def list_people(request: Request, caller: SignedIn) -> HTMLResponse:
    return _people_page(request, caller)


@router.post("/people/tokens")
def make_token(
    request: Request,
    caller: SignedIn,
    user: Annotated[str, Form(max_length=320)] = "",
    label: Annotated[str, Form(max_length=200)] = "",
) -> HTMLResponse:
    """The token is shown on the answer to this and never again."""
    try:
        new = tokens.create_token(caller.hub.context, caller.person, user.strip(), label=label.strip())
    except TsunagiError as error:
        return _people_page(request, caller, error=error)
    return _people_page(request, caller, new=new)


@router.post("/people/tokens/{id}/revoke")
def revoke_token(caller: SignedIn, id: str) -> RedirectResponse:
    tokens.revoke_token(caller.hub.context, caller.person, id)
    return RedirectResponse("/people", 303)


def _people_page(
    request: Request, caller: Caller, *, new: tokens.NewToken | None = None, error: TsunagiError | None = None
) -> HTMLResponse:
    context = caller.hub.context
    require_administrator(context, caller.person, "tokens:list")
    issued = tokens.list_tokens(context, caller.person)
    return page(
        request,
        caller.hub,
        "people.html",
        status=status_of(error) if error else 200,
        people=people_of_crm(context, caller.person),
        live={token.email.lower() for token in issued if token.revoked_at is None},
        issued=issued,
        new=new,
        error=error,
    )


@dataclass(frozen=True, slots=True)
class _Cells:
    shown: frozenset[str]
    ticked: frozenset[str]
    act: str


async def _entered(request: Request) -> _Cells:
    form = await request.form(max_fields=20_000)
    return _Cells(
        frozenset(str(each) for each in form.getlist("shown")),
        frozenset(str(each) for each in form.getlist("cell")),
        str(form.get("act") or "check"),
    )


EnteredCells = Annotated[_Cells, Depends(_entered)]


@dataclass(frozen=True, slots=True)
class Line:
    """One action (`name`) with each profile's decision; `label` is empty where the line above has the same."""

    label: str
    action: str
    name: str
    decisions: Sequence[Decision]


@dataclass(frozen=True, slots=True)
class Group:
    """Cells of the hub itself are for administrators whatever the files contain: `editable` is False for them."""

    title: str
    editable: bool
    lines: Sequence[Line]


@router.get("/permissions")
def show_matrix(request: Request, caller: SignedIn, saved: bool = False) -> HTMLResponse:
    return _matrix_page(request, caller, saved=saved)


@router.post("/permissions")
def change_cells(request: Request, caller: SignedIn, form: EnteredCells) -> Response:
    """`shown` are the cells of the form, `cell` those that are ticked, each "profile|action"."""
    context = caller.hub.context
    wanted = {_cell(each): each in form.ticked for each in form.shown}
    try:
        if form.act == "save":
            permission_editing.save_cells(context, caller.person, wanted)
            return RedirectResponse("/permissions?saved=true", 303)
        draft = permission_editing.check_cells(context, caller.person, wanted)
    except RuleFileError as error:
        return _matrix_page(request, caller, wanted=wanted, error=error)
    return _matrix_page(request, caller, wanted=wanted, draft=draft)


@router.get("/permissions/edit")
def edit(request: Request, caller: SignedIn, file: Annotated[str, Query(max_length=300)] = "") -> HTMLResponse:
    """An empty `file` begins a new one."""
    context = caller.hub.context
    text = permission_editing.files(context, caller.person).get(file, _NEW) if file else _NEW
    saved = fingerprint(text) if file and text != _NEW else ""
    draft = permission_editing.check(
        context, caller.person, file or "permissions/my_permissions.yaml", text, saved=saved
    )
    return _editor(request, caller, draft)


@router.post("/permissions/edit")
def act_on_draft(
    request: Request,
    caller: SignedIn,
    file: Annotated[str, Form(max_length=300)],
    text: Annotated[str, Form(max_length=400_000)],
    saved: Annotated[str, Form(max_length=100)] = "",
    act: Annotated[Literal["check", "save"], Form()] = "check",
) -> Response:
    context = caller.hub.context
    text = text.replace("\r\n", "\n")
    draft = permission_editing.check(context, caller.person, file, text, saved=saved)
    if act == "check" or draft.problems:
        return _editor(request, caller, draft, checked=True, status=422 if act == "save" else 200)
    try:
        permission_editing.save(context, caller.person, file, text, saved=saved)
    except EditedMeanwhile as error:
        return _editor(request, caller, draft, error=error, status=status_of(error))
    return RedirectResponse("/permissions?saved=true", 303)


def _matrix_page(
    request: Request,
    caller: Caller,
    *,
    wanted: Mapping[Cell, bool] | None = None,
    draft: PermissionDraft | None = None,
    error: RuleFileError | None = None,
    saved: bool = False,
) -> HTMLResponse:
    hub = caller.hub
    found = profile_matrix(hub.context, caller.person)
    return page(
        request,
        hub,
        "permissions.html",
        status=status_of(error) if error else 200,
        profiles=[row.subject.profile for row in found.rows],
        administrators=[row.subject.administrator for row in found.rows],
        groups=[group for group in _groups(hub, found) if group.lines],
        broken=found.book.broken,
        files=sorted(found.book.files),
        folder=hub.context.permissions.folder,
        may_edit=caller.person.administrator,
        wanted={f"{profile}|{action}": want for (profile, action), want in (wanted or {}).items()},
        draft=draft,
        error=error,
        saved=saved,
        changes=_changes(hub, draft),
    )


def _editor(
    request: Request,
    caller: Caller,
    draft: PermissionDraft,
    *,
    checked: bool = False,
    error: EditedMeanwhile | None = None,
    status: int = 200,
) -> HTMLResponse:
    return page(
        request,
        caller.hub,
        "permission_editor.html",
        status=status,
        draft=draft,
        text=draft.text or "",
        marked={problem.line for problem in draft.problems},
        checked=checked,
        error=error,
        changes=_changes(caller.hub, draft),
    )


def _changes(hub: Hub, draft: PermissionDraft | None) -> list[tuple[str, str, str, str]]:
    """Each cell a draft would change: profile, what, and the outcome before and after."""
    resources = hub.context.permissions.catalogue.resources
    words = {"permitted": _("permitted"), "denied": _("denied"), "depends": _("depends on the record")}
    found = []
    for each in draft.changes if draft else ():
        name, _colon, verb = each.action.rpartition(":")
        label = f"{_label(hub, resources[name])}: {verb_label(verb)}"
        found.append((each.subject.profile, label, words[each.before.outcome], words[each.after.outcome]))
    return found


def _cell(text: str) -> Cell:
    profile, _bar, action = text.rpartition("|")
    return profile, action


def _groups(hub: Hub, found: Matrix) -> list[Group]:
    titles = {
        "documents": _("Documents"),
        "tabs": _("Tabs"),
        "receivables": _("Receivables and payables"),
        "records": _("Records of the CRM, changed by rules that act for a person"),
        "hub": _("The hub itself"),
    }
    return [Group(title, name != "hub", _lines(hub, found, name)) for name, title in titles.items()]


def _lines(hub: Hub, found: Matrix, group: str) -> list[Line]:
    actions = [(resource, verb) for resource in found.resources for verb in resource.verbs]
    return [
        Line(
            _label(hub, resource) if verb == resource.verbs[0] else "",
            verb_label(verb),
            f"{resource.name}:{verb}",
            [row.decisions[position] for row in found.rows],
        )
        for position, (resource, verb) in enumerate(actions)
        if resource.group == group
    ]


def _label(hub: Hub, resource: Resource) -> str:
    if resource.group == "tabs":
        return service_label(hub, resource.service)
    label = say(resource.label)
    return f"{service_label(hub, resource.service)} · {label}" if resource.service else label
