"""Making an estimate, an invoice or an order from the CRM's side, as the person who asks for it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tsunagi.app.access.permissions import decide, require
from tsunagi.app.automation.action_context import StoredContext
from tsunagi.app.connections.fit import require_writable
from tsunagi.app.connections.services import is_shown
from tsunagi.app.context import Context
from tsunagi.app.documents.form_lines import Choices, Preview, choices_of, preview, resolved
from tsunagi.app.documents.form_values import Given, Problems, read_fields, read_lines
from tsunagi.app.documents.parties import Party, party_of
from tsunagi.app.documents.submitting import Submitted, earlier, key_of, submit
from tsunagi.domain.actions import OutsideWrite
from tsunagi.domain.directory import Person
from tsunagi.domain.documents import DocumentForm
from tsunagi.domain.entities import EntityType
from tsunagi.domain.records import Fields, RecordRef, Value
from tsunagi.errors import DocumentInvalid, ServiceOff
from tsunagi.store.records import Records
from tsunagi.text import Text


@dataclass(frozen=True, slots=True)
class Wanted:
    """A document as somebody entered it, still as texts or numbers.

    `about` is the record of the CRM it is for, `party` the customer or vendor at the service (id or name) where that is
    to be another one. `lines` None means: none were sent. With `from_products` the deal's products come first.
    """

    fields: Given
    lines: Sequence[Given] | None = None
    about: RecordRef | None = None
    party: str = ""
    from_products: bool = False

    @property
    def asked(self) -> Fields:
        """What a key stands for: the same key with anything else is another document."""
        return {
            "fields": {name: str(value) for name, value in sorted(self.fields.items())},
            "lines": tuple({name: str(value) for name, value in sorted(line.items())} for line in self.lines or ()),
            "about": self.about,
            "party": self.party,
            "from_products": self.from_products,
        }


@dataclass(frozen=True, slots=True)
class Draft:
    """What was entered, understood. `estimate` is what it will come to, None where only the service can tell."""

    party: Party
    fields: dict[str, Value]
    lines: tuple[Fields, ...]
    currency: str
    estimate: Preview | None


def form_of(context: Context, service: str, entity: str) -> tuple[EntityType, DocumentForm]:
    """The kind and its form. Raises DocumentInvalid naming the kinds that people make."""
    kind = context.registry.entities.get(f"{service}.{entity}")
    if kind is not None and kind.form is not None:
        return kind, kind.form
    names = ", ".join(sorted(each.key for each in context.registry.entities.values() if each.form is not None)) or "-"
    raise DocumentInvalid(
        {
            "kind": Text(
                en=f"'{service}.{entity}' is not one of {names}",
                ja=f"「{service}.{entity}」は {names} のいずれでもありません",
            )
        }
    )


def create_document(
    context: Context, actor: Person | None, service: str, entity: str, wanted: Wanted, key: str
) -> Submitted:
    """Make it now, or say that it waits. The same `key` again gives the same document.

    Raises PermissionDenied, DocumentInvalid by field, KeyReused; FirstSyncPending, Incompatible, NotConnected and
    ServiceOff where the service may not be written to; and what the service refuses it for.
    """
    kind, form = form_of(context, service, entity)
    require_possible(context, actor, kind, "create")
    require_on(context, kind)
    own = key_of(actor, kind.key, key)
    if (known := earlier(context, own, wanted.asked)) is not None:
        return known
    drafted = draft(context, kind, form, wanted)
    require(context, actor, f"{kind.key}:create", facts_of_draft(drafted))
    return submit(context, actor, own, _writes(kind, form, drafted, own), wanted.asked)


def preview_document(context: Context, actor: Person | None, service: str, entity: str, wanted: Wanted) -> Draft:
    """As `create_document`, without making anything."""
    kind, form = form_of(context, service, entity)
    require_possible(context, actor, kind, "create")
    return draft(context, kind, form, wanted)


def estimate_of(context: Context, actor: Person | None, service: str, entity: str, wanted: Wanted) -> Preview | None:
    """What the lines come to while they are still being entered; None while something cannot be meant.

    Whom the document is for may be open yet: then the currency is the one entered, or the service's own.
    """
    kind, form = form_of(context, service, entity)
    if not decide(context, actor, f"{kind.key}:edit").possible:
        require_possible(context, actor, kind, "create")
    problems: Problems = {}
    fields = read_fields(form.fields, wanted.fields, problems)
    lines = read_lines(form, wanted.lines or (), problems)
    choices = choices_of(context, service)
    currency = str(fields.get("currency") or _currency_meant(context, kind, wanted) or choices.currencies[0])
    made = resolved(context, form, lines, choices.taxes, currency, problems)
    return preview(made, choices.taxes, currency) if made and not problems else None


def _currency_meant(context: Context, kind: EntityType, wanted: Wanted) -> str | None:
    try:
        return _currency_of(context, party_of(context, kind, wanted.about, wanted.party))
    except DocumentInvalid:
        return None


def require_possible(context: Context, actor: Person | None, kind: EntityType, verb: str) -> None:
    """Raises PermissionDenied for whoever may not, whatever the document says."""
    if not decide(context, actor, f"{kind.key}:{verb}").possible:
        require(context, actor, f"{kind.key}:{verb}")


def require_on(context: Context, kind: EntityType) -> None:
    """Raises NotConnected, ServiceOff (also where the feature is off), FirstSyncPending, Incompatible."""
    connection = context.connectors.connection(kind.service)
    if not connection.active or not is_shown(context, connection, kind.name):
        raise ServiceOff(kind.service)
    require_writable(connection)


def draft(context: Context, kind: EntityType, form: DocumentForm, wanted: Wanted) -> Draft:
    """Raises DocumentInvalid naming every field that cannot be meant."""
    problems: Problems = {}
    fields = read_fields(form.fields, wanted.fields, problems)
    lines = read_lines(form, wanted.lines or (), problems)
    party = party_of(context, kind, wanted.about, wanted.party)
    if wanted.from_products:
        products_currency, products = _products(context, form, party)
        lines = [*({**line} for line in products), *lines]
        fields["currency"] = fields.get("currency") or products_currency
    if not lines:
        problems.setdefault("lines", Text(en="at least one line is needed", ja="明細が1行以上必要です"))
    choices = choices_of(context, kind.service)
    currency = str(fields.get("currency") or _currency_of(context, party) or choices.currencies[0])
    return Draft(party, _given(fields), *completed(context, form, lines, choices, currency, problems))


def completed(
    context: Context,
    form: DocumentForm,
    lines: Sequence[Mapping[str, Value]],
    choices: Choices,
    currency: str,
    problems: Problems,
) -> tuple[tuple[Fields, ...], str, Preview | None]:
    """The lines with their items and taxes, and what they come to. Raises DocumentInvalid."""
    made = resolved(context, form, lines, choices.taxes, currency, problems)
    if problems:
        raise DocumentInvalid(problems)
    return made, currency, preview(made, choices.taxes, currency)


def facts_of_draft(drafted: Draft) -> dict[str, Fields]:
    """What conditions of permissions may know: the total is the estimate of it."""
    document: dict[str, Value] = {**drafted.fields, "currency": drafted.currency}
    document.setdefault("status", "draft")
    if drafted.estimate is not None:
        document["total"] = document["balance"] = drafted.estimate.total
    return {"document": document, **drafted.party.facts}


def _given(fields: Mapping[str, Value]) -> dict[str, Value]:
    return {name: value for name, value in fields.items() if value is not None}


def _currency_of(context: Context, party: Party) -> str:
    with context.store.read() as session:
        known = Records(session).get(party.ref)
    return known.text("currency") if known else ""


def _products(context: Context, form: DocumentForm, party: Party) -> tuple[str | None, tuple[Fields, ...]]:
    if party.deal is None or form.lines_of_deal is None:
        raise DocumentInvalid(
            {"from_products": Text(en="only a deal has products", ja="商品は商談にのみあります")},
            hint=Text(en="Name the deal.", ja="商談を指定してください。"),
        )
    return form.lines_of_deal(party.deal, StoredContext(context, {}))


def _writes(kind: EntityType, form: DocumentForm, drafted: Draft, key: str) -> list[OutsideWrite]:
    """A new document carries its key as its reference number, by which it is looked up; then the one wanted."""
    deal = drafted.party.deal.ref if drafted.party.deal else None
    fields: dict[str, Value] = {**drafted.fields, "customer": drafted.party.ref, "lines": drafted.lines}
    wanted = fields.pop("reference", None)
    if deal is not None and form.deal_in_reference:
        wanted = wanted or deal.id
    elif deal is not None:
        fields["deal"] = deal
    writes = [OutsideWrite("create", kind.service, kind.name, fields=fields, relates=deal)]
    if wanted:
        renamed = {name: value for name, value in fields.items() if name not in ("status", "deal")}
        renamed["reference"] = wanted
        writes.append(OutsideWrite("update", kind.service, kind.name, fields=renamed, relates=deal, target_of=key))
    return writes
