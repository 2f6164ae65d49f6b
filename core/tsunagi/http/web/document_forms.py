"""The form that makes or changes a document; without scripts, each button sends it and shows it again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Annotated, Any
from uuid import uuid4

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from tsunagi.app.documents import creating, editing
from tsunagi.app.documents.creating import Wanted, form_of
from tsunagi.app.documents.editing import Editable
from tsunagi.app.documents.form_lines import NO_TAX, Preview, choices_of, items_like
from tsunagi.app.documents.parties import parties_like, party_label, party_of
from tsunagi.app.documents.submitting import Submitted
from tsunagi.app.views import records
from tsunagi.domain.documents import DocumentForm
from tsunagi.domain.entities import EntityType
from tsunagi.domain.records import Fields, RecordRef, Value
from tsunagi.errors import DocumentInvalid, PermissionDenied, StaleRecord, TsunagiError
from tsunagi.http.auth import Caller, SignedIn
from tsunagi.http.errors import status_of
from tsunagi.http.web.rendering import HOME, MADE, page, with_parameter, within
from tsunagi.http.web.setting_fields import EnteredForm
from tsunagi.text import Text
from tsunagi.translation import gettext as _
from tsunagi.translation import say

router = APIRouter()

_EMPTY_ROWS, _MOST_ROWS = 3, 200
_FIELD, _LINE = "field.", "line."
_LINE_FIELDS = ("id", "item", "name", "description", "quantity", "rate", "discount", "tax")
To = Annotated[str, Query(max_length=2000)]


@dataclass(slots=True)
class Entered:
    """The form as somebody left it. `record` names whom it is for in the CRM, `version` what a change is based on."""

    fields: dict[str, str] = field(default_factory=dict)
    lines: list[dict[str, str]] = field(default_factory=list)
    party: str = ""
    record: str = ""
    to: str = HOME
    key: str = ""
    version: str = ""

    @classmethod
    def of(cls, form: Mapping[str, str]) -> "Entered":
        count = min(int(form["rows"]) if form.get("rows", "").isdigit() else 0, _MOST_ROWS)
        lines = [{name: form.get(f"{_LINE}{row}.{name}", "") for name in _LINE_FIELDS} for row in range(1, count + 1)]
        return cls(
            fields={name.removeprefix(_FIELD): value for name, value in form.items() if name.startswith(_FIELD)},
            lines=lines,
            party=form.get("party", ""),
            record=form.get("record", ""),
            to=within(form.get("to", HOME)),
            key=form.get("key", "") or uuid4().hex,
            version=form.get("version", ""),
        )

    def wanted(self, *, from_products: bool = False) -> Wanted:
        lines = [{name: value for name, value in line.items() if value.strip()} for line in self.lines]
        return Wanted(self.fields, lines, _about(self.record), self.party.strip(), from_products)


@dataclass(frozen=True, slots=True)
class Shown:
    """What the page is about beside what was entered."""

    kind: EntityType
    form: DocumentForm
    number: str = ""
    error: TsunagiError | None = None
    waiting: Text | None = None
    estimate: Preview | None = None


@router.get("/documents/{service}/{entity}/new")
def show_new(
    request: Request,
    caller: SignedIn,
    service: str,
    entity: str,
    record: Annotated[str, Query(max_length=300)] = "",
    to: To = HOME,
) -> HTMLResponse:
    kind, form = form_of(caller.hub.context, service, entity)
    creating.require_possible(caller.hub.context, caller.person, kind, "create")
    return _page(request, caller, Shown(kind, form), Entered(record=record, to=within(to), key=uuid4().hex))


@router.post("/documents/{service}/{entity}/new")
def make(request: Request, caller: SignedIn, service: str, entity: str, given: EnteredForm) -> Response:
    context = caller.hub.context
    kind, form = form_of(context, service, entity)
    entered = Entered.of(given)
    try:
        if _only_redrawn(given, entered):
            return _page(request, caller, Shown(kind, form), entered)
        if given.get("do") == "products":
            products = Wanted(entered.fields, None, _about(entered.record), entered.party.strip(), from_products=True)
            drafted = creating.preview_document(context, caller.person, service, entity, products)
            entered.lines = [_line(line) for line in drafted.lines]
            entered.fields["currency"] = drafted.currency
            return _page(request, caller, Shown(kind, form, estimate=drafted.estimate), entered)
        if given.get("do") == "compute":
            drafted = creating.preview_document(context, caller.person, service, entity, entered.wanted())
            return _page(request, caller, Shown(kind, form, estimate=drafted.estimate), entered)
        made = creating.create_document(context, caller.person, service, entity, entered.wanted(), entered.key)
    except PermissionDenied:
        raise
    except TsunagiError as error:
        return _page(request, caller, Shown(kind, form, error=error), entered)
    if made.ref is not None:
        entered.to = with_parameter(entered.to, MADE, str(made.ref))
    return _done(request, caller, Shown(kind, form, waiting=made.problem), entered, made)


@router.get("/documents/{service}/{entity}/items")
def list_items(request: Request, caller: SignedIn, service: str, entity: str) -> HTMLResponse:
    """The items that what is being typed may mean, as options."""
    _kind, form = form_of(caller.hub.context, service, entity)
    typed = next((value for name, value in request.query_params.items() if name.endswith(".item")), "")[:100]
    found = items_like(caller.hub.context, form, typed)
    return page(request, caller.hub, "item_options.html", items=found)


@router.get("/documents/{service}/{entity}/parties")
def list_parties(
    request: Request, caller: SignedIn, service: str, entity: str, party: Annotated[str, Query(max_length=200)] = ""
) -> HTMLResponse:
    """The customers or vendors that what is being typed may mean, as options."""
    kind, _form = form_of(caller.hub.context, service, entity)
    creating.require_possible(caller.hub.context, caller.person, kind, "create")
    found = parties_like(caller.hub.context, kind, party)
    return page(request, caller.hub, "item_options.html", items=found)


@router.post("/documents/{service}/{entity}/totals")
def show_totals(request: Request, caller: SignedIn, service: str, entity: str, given: EnteredForm) -> HTMLResponse:
    """What the form comes to as it stands; asked while somebody types, so no service is."""
    kind, form = form_of(caller.hub.context, service, entity)
    entered = Entered.of(given)
    estimate = creating.estimate_of(caller.hub.context, caller.person, service, entity, entered.wanted())
    tax_label = next(spec.label for spec in form.line_fields if spec.name == "tax")
    return page(
        request, caller.hub, "document_totals.html", estimate=estimate, tax_label=tax_label, service=kind.service
    )


@router.get("/documents/{service}/{entity}/{id}/edit")
def show_edit(request: Request, caller: SignedIn, service: str, entity: str, id: str, to: To = HOME) -> HTMLResponse:
    found = editing.read_for_editing(caller.hub.context, caller.person, RecordRef(service, entity, id))
    return _page(request, caller, _shown(found), _entered(found, within(to)))


@router.post("/documents/{service}/{entity}/{id}/edit")
def change(request: Request, caller: SignedIn, service: str, entity: str, id: str, given: EnteredForm) -> Response:
    context, ref, entered = caller.hub.context, RecordRef(service, entity, id), Entered.of(given)
    kind, form = form_of(context, service, entity)
    number = records.titles(context, [ref], caller.person).get(ref, id)
    try:
        if _only_redrawn(given, entered):
            return _page(request, caller, Shown(kind, form, number), entered)
        if given.get("do") == "compute":
            drafted = editing.preview_change(context, caller.person, ref, entered.wanted())
            return _page(request, caller, Shown(kind, form, number, estimate=drafted.estimate), entered)
        made = editing.edit_document(
            context, caller.person, ref, entered.wanted(), entered.key, version=entered.version or None
        )
    except PermissionDenied:
        raise
    except TsunagiError as error:
        return _page(request, caller, Shown(kind, form, number, error=error), entered)
    return _done(request, caller, Shown(kind, form, number, waiting=made.problem), entered, made)


def _only_redrawn(given: Mapping[str, str], entered: Entered) -> bool:
    """Another number of rows: nothing is checked."""
    removed = given.get("remove", "")
    if removed.isdigit() and 0 < int(removed) <= len(entered.lines):
        del entered.lines[int(removed) - 1]
        return True
    if given.get("do") == "rows":
        entered.lines += [{} for _ in range(_EMPTY_ROWS)]
        return True
    return False


def _done(request: Request, caller: Caller, shown: Shown, entered: Entered, made: Submitted) -> Response:
    if made.state == "waiting":
        return _page(request, caller, shown, entered)
    return RedirectResponse(with_parameter(entered.to, "service", shown.kind.service), 303)


def _page(request: Request, caller: Caller, shown: Shown, entered: Entered) -> HTMLResponse:
    context, form = caller.hub.context, shown.form
    offered = choices_of(context, shown.kind.service)
    empty = _EMPTY_ROWS if not any(any(line.values()) for line in entered.lines) else 1
    problems = shown.error.problems if isinstance(shown.error, DocumentInvalid) else {}
    about = _about(entered.record)
    return page(
        request,
        caller.hub,
        "document_form.html",
        status=200 if shown.error is None else status_of(shown.error),
        kind=shown.kind,
        specs=[spec for spec in form.fields if not (shown.number and spec.name in form.only_new)],
        line_specs={spec.name: spec for spec in form.line_fields},
        number=shown.number,
        entered=entered,
        rows=[*entered.lines, *({} for _ in range(empty if not _has_empty(entered.lines) else 0))],
        problems=problems,
        error=shown.error,
        stale=isinstance(shown.error, StaleRecord),
        waiting=shown.waiting,
        estimate=shown.estimate,
        taxes=offered.taxes,
        no_tax=NO_TAX,
        currencies=offered.currencies,
        party_label=party_label(shown.kind),
        meant=_meant(caller, shown, about),
        problem_places=[(_place(form, name), text) for name, text in problems.items()],
        about=records.titles(context, [about], caller.person).get(about) if about else None,
        has_products=about is not None and about.entity == "deal" and form.lines_of_deal is not None,
    )


def _meant(caller: Caller, shown: Shown, about: RecordRef | None) -> Text | None:
    """Whom a new document is for where nobody is named, or what is in the way; None where only a name can tell."""
    if about is None or shown.number:
        return None
    try:
        return Text.same(party_of(caller.hub.context, shown.kind, about).name)
    except DocumentInvalid as error:
        return next(iter(error.problems.values()), None)


def _place(form: DocumentForm, name: str) -> str:
    """An entry as the page calls it: "Quantity, line 1" for lines[1].quantity."""
    row, _dot, field = name.removeprefix("lines[").partition("].")
    if field:
        label = next((say(spec.label) for spec in form.line_fields if spec.name == field), field)
        return _("%(field)s, line %(row)s") % {"field": label, "row": row}
    spec = form.field(name)
    return say(spec.label) if spec else {"lines": _("Lines")}.get(name, "")


def _has_empty(lines: Sequence[Mapping[str, str]]) -> bool:
    return any(not any(line.values()) for line in lines)


def _about(record: str) -> RecordRef | None:
    try:
        return RecordRef.parse(record) if record else None
    except ValueError:
        return None


def _shown(found: Editable) -> Shown:
    return Shown(found.kind, found.form, found.record.text("number") or found.record.ref.id)


def _entered(found: Editable, to: str) -> Entered:
    known = found.record.fields
    lines = known.get("lines")
    return Entered(
        fields={spec.name: _text(known.get(spec.name)) for spec in found.form.fields},
        lines=[_line(line) for line in lines if isinstance(line, dict)] if isinstance(lines, tuple) else [],
        to=to,
        key=uuid4().hex,
        version=found.version,
    )


def _line(line: Fields) -> dict[str, str]:
    shown = {name: _text(line.get(name)) for name in _LINE_FIELDS}
    if line.get("tax") == "":
        shown["tax"] = NO_TAX
    return shown


def _text(value: Value) -> str:
    if isinstance(value, RecordRef):
        return value.id
    if isinstance(value, Decimal):
        plain: Any = value.normalize()
        return f"{plain:f}"
    return "" if value is None else str(value)
