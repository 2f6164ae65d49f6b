"""Changing a document that is there, as long as its service allows it and nobody was faster."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from tsunagi.app.access.permissions import require, require_document
from tsunagi.app.context import Context
from tsunagi.app.documents.creating import Draft, Wanted, completed, facts_of_draft, form_of, require_on
from tsunagi.app.documents.form_lines import choices_of
from tsunagi.app.documents.form_values import Problems, read_fields, read_lines
from tsunagi.app.documents.parties import Party, party_of
from tsunagi.app.documents.submitting import Submitted, digest, earlier, key_of, submit
from tsunagi.domain.actions import OutsideWrite
from tsunagi.domain.directory import Person
from tsunagi.domain.documents import DocumentEditing, DocumentForm
from tsunagi.domain.entities import EntityType
from tsunagi.domain.records import Record, RecordRef, Value
from tsunagi.errors import DocumentInvalid, RecordUnusable, StaleRecord
from tsunagi.text import Text


@dataclass(frozen=True, slots=True)
class Editable:
    """A document as its service has it now; `version` is what a change is based on."""

    kind: EntityType
    form: DocumentForm
    record: Record

    @property
    def version(self) -> str:
        """Of all it says: the service's own mark is of whole seconds."""
        return digest({"version": self.record.version, "fields": self.record.fields})


def read_for_editing(context: Context, actor: Person | None, ref: RecordRef) -> Editable:
    """Ask the service for the document as it is: one call.

    Raises PermissionDenied, RecordUnusable where it may not be changed any more, and what the service answers.
    """
    require_document(context, actor, ref, "edit")
    kind, form = form_of(context, ref.service, ref.entity)
    require_on(context, kind)
    connector = context.connectors.get(ref.service)
    if not isinstance(connector, DocumentEditing):
        raise RecordUnusable(
            Text(en=f"{ref} cannot be changed from here.", ja=f"{ref} はここでは変更できません。"),
            ref=str(ref),
            field="",
        )
    record = connector.for_editing(ref)
    status = record.text("status")
    if status not in form.changeable_in:
        raise RecordUnusable(
            Text(
                en=f"{record.text('number')} is {_status(kind, status).en}: it cannot be changed any more.",
                ja=f"{record.text('number')} は{_status(kind, status).ja}のため、変更できません。",
            ),
            ref=str(ref),
            field="status",
            hint=Text(en="Make a new document instead.", ja="新しい書類を作成してください。"),
        )
    return Editable(kind, form, record)


def edit_document(
    context: Context,
    actor: Person | None,
    ref: RecordRef,
    wanted: Wanted,
    key: str,
    *,
    version: str | None = None,
    check: Callable[[Editable], None] = lambda _: None,
) -> Submitted:
    """Change the fields that are named, and all lines where lines are. The same `key` again changes nothing more.

    `version` is what whoever changes it has seen: StaleRecord where it is another one by now. `check` may refuse the
    document as it is before the first change, not what the same key did already. Raises as `read_for_editing` and
    `create_document`.
    """
    require_document(context, actor, ref, "edit")
    own = key_of(actor, str(ref), key)
    asked = {**wanted.asked, "version": version}
    if (known := earlier(context, own, asked)) is not None:
        return known
    found = read_for_editing(context, actor, ref)
    check(found)
    if version is not None and version != found.version:
        raise StaleRecord(
            Text(
                en=f"{found.record.text('number')} was changed in {ref.service} in the meantime.",
                ja=f"{found.record.text('number')} はその間に {ref.service} で変更されました。",
            ),
            service=ref.service,
            hint=Text(en="Look at it as it is now, and change that.", ja="現在の内容を確認してから変更してください。"),
        )
    drafted = _changed(context, found, wanted)
    require(context, actor, f"{found.kind.key}:edit", facts_of_draft(drafted))
    fields = {**drafted.fields, "customer": drafted.party.ref, "lines": drafted.lines}
    deal = drafted.party.deal.ref if drafted.party.deal else None
    write = OutsideWrite("update", ref.service, ref.entity, fields=fields, target=ref, relates=deal)
    return submit(context, actor, own, [write], asked, version=found.record.version)


def preview_change(context: Context, actor: Person | None, ref: RecordRef, wanted: Wanted) -> Draft:
    """As `edit_document`, without changing anything."""
    return _changed(context, read_for_editing(context, actor, ref), wanted)


def _changed(context: Context, found: Editable, wanted: Wanted) -> Draft:
    """The document as it will be."""
    problems: Problems = {}
    given = read_fields(found.form.fields, wanted.fields, problems)
    for name in found.form.only_new:
        if name in given and given[name] != found.record.fields.get(name):
            problems[name] = Text(en="is not changed by editing", ja="編集では変更できません")
    fields = {name: found.record.fields.get(name) for name in (spec.name for spec in found.form.fields)} | given
    fields = {name: value for name, value in fields.items() if name not in found.form.only_new}
    lines = _lines(found, wanted, problems)
    party = _party(context, found, wanted)
    choices = choices_of(context, found.kind.service)
    currency = str(fields.get("currency") or choices.currencies[0])
    made, currency, estimate = completed(context, found.form, lines, choices, currency, problems)
    # A text that was emptied is written as such; a date cannot be.
    texts = {spec.name for spec in found.form.fields if spec.type == "text" and spec.name != "currency"}
    said = {name: "" if value is None and name in texts else value for name, value in fields.items()}
    return Draft(party, {name: value for name, value in said.items() if value is not None}, made, currency, estimate)


def _lines(found: Editable, wanted: Wanted, problems: Problems) -> list[dict[str, Value]]:
    if wanted.lines is not None:
        lines = read_lines(found.form, wanted.lines, problems)
        if not lines:
            problems.setdefault("lines", Text(en="at least one line is needed", ja="明細が1行以上必要です"))
        return lines
    stored = found.record.fields.get("lines")
    known = stored if isinstance(stored, tuple) else ()
    return [
        {name: value for name, value in line.items() if value is not None} for line in known if isinstance(line, dict)
    ]


def _party(context: Context, found: Editable, wanted: Wanted) -> Party:
    ref = found.record.fields.get("customer")
    if wanted.party or not isinstance(ref, RecordRef):
        return party_of(context, found.kind, None, wanted.party)
    deal = found.record.fields.get("deal")
    try:
        known = party_of(context, found.kind, deal if isinstance(deal, RecordRef) else None, ref.id)
    except DocumentInvalid:
        # Its deal or its customer is not among what the hub knows: the document is for whom it is for.
        return Party(ref, ref.id, None, None)
    return replace(known, ref=ref)


def _status(kind: EntityType, status: str) -> Text:
    spec = kind.field("status")
    return spec.choice_label(status) if spec else Text.same(status)
