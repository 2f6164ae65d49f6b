"""Whom a document is for, and which record of the CRM it is about."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from tsunagi.app.context import Context
from tsunagi.domain.entities import EntityType
from tsunagi.domain.records import Fields, Record, RecordRef
from tsunagi.errors import DocumentInvalid
from tsunagi.store.links import Links
from tsunagi.store.records import Records, title_key
from tsunagi.text import Text

ABOUT = ("deal", "contact", "account")


@dataclass(frozen=True, slots=True)
class Party:
    """`ref` is the service's own customer or vendor; `deal` and `account` are the CRM's, as far as they are known."""

    ref: RecordRef
    name: str
    deal: Record | None
    account: Record | None

    @property
    def facts(self) -> dict[str, Fields]:
        """What conditions of permissions know of it."""
        named = {"deal": self.deal, "account": self.account}
        return {name: record.fields for name, record in named.items() if record is not None}


def party_of(context: Context, kind: EntityType, about: RecordRef | None, named: str = "") -> Party:
    """Whom a document of this kind is for: as `named` (id or name at the service), else whom `about` is one with there.

    Raises DocumentInvalid naming the field.
    """
    with context.store.read() as session:
        record = _about(session, about)
        deal = record if record is not None and record.ref.entity == "deal" else None
        account = _account(session, record)
        wanted = _kind_of_party(kind)
        ref = _named(session, kind, wanted, named) if named else _linked(session, wanted, record, account)
        if ref is None:
            raise _unknown_party(context, kind, record, account)
        account = account or _account_of(context, session, ref)
        known = Records(session).get(ref)
        return Party(ref, known.text("name") if known else ref.id, deal, account)


def parties_like(context: Context, kind: EntityType, search: str, *, limit: int = 20) -> Sequence[Record]:
    """Customers or vendors of the service whose name has `search` in it, as the hub last saw them."""
    wanted = _kind_of_party(kind)
    with context.store.read() as session:
        return Records(session).page(wanted.service, wanted.entity, search=search.strip(), limit=limit).items


def party_label(kind: EntityType) -> Text:
    spec = kind.field("customer")
    return spec.label if spec else Text(en="Customer", ja="顧客")


def _kind_of_party(kind: EntityType) -> RecordRef:
    """As a reference without an id: which kind of record documents of this kind are for."""
    spec = kind.field("customer")
    service, _, entity = (spec.references if spec else "").partition(".")
    return RecordRef(service or kind.service, entity or "customer", "")


def _about(session: Session, about: RecordRef | None) -> Record | None:
    if about is None:
        return None
    record = Records(session).get(about) if about.entity in ABOUT else None
    if record is None:
        raise DocumentInvalid(
            {"record": Text(en=f"there is no {about.entity} {about.id}", ja=f"{about.entity} {about.id} はありません")}
        )
    return record


def _account(session: Session, record: Record | None) -> Record | None:
    if record is None or record.ref.entity == "account":
        return record
    ref = record.fields.get("account")
    return Records(session).get(ref) if isinstance(ref, RecordRef) else None


def _linked(session: Session, wanted: RecordRef, record: Record | None, account: Record | None) -> RecordRef | None:
    """A contact may be a customer of its own; mostly it is the account that is."""
    asked = [each.ref for each in (record, account) if each is not None]
    found = Links(session).counterparts(asked, wanted.service, wanted.entity, in_use=True)
    return next((found[ref] for ref in asked if ref in found), None)


def _account_of(context: Context, session: Session, party: RecordRef) -> Record | None:
    crm = context.registry.crm_service()
    found = Links(session).counterparts([party], crm, "account").get(party)
    return Records(session).get(found) if found else None


def _named(session: Session, kind: EntityType, wanted: RecordRef, named: str) -> RecordRef:
    by_id = RecordRef(wanted.service, wanted.entity, named)
    if Records(session).get(by_id) is not None:
        return by_id
    found = Records(session).titled(wanted.service, wanted.entity, [named]).get(title_key(named), [])
    if len(found) == 1:
        return found[0]
    label = party_label(kind)
    some = ", ".join(ref.id for ref in found)
    problem = (
        Text(en=f"several are called '{named}': {some}", ja=f"「{named}」が複数あります: {some}")
        if found
        else Text(en=f"there is no {label.en.lower()} '{named}'", ja=f"{label.ja}「{named}」はありません")
    )
    raise DocumentInvalid({"party": problem})


def _unknown_party(
    context: Context, kind: EntityType, record: Record | None, account: Record | None
) -> DocumentInvalid:
    label = party_label(kind)
    if record is None:
        return DocumentInvalid(
            {"party": Text(en=f"name the {label.en.lower()}", ja=f"{label.ja}を指定してください")},
        )
    if record.ref.entity != "account" and account is None:
        return DocumentInvalid(
            {"record": Text(en="it has no account", ja="取引先がありません")},
            hint=Text(en="Set its account in the CRM.", ja="CRM で取引先を設定してください。"),
        )
    name = (account or record).text("name")
    service = context.registry.connectors.get(kind.service)
    title = service.label if service else Text.same(kind.service)
    return DocumentInvalid(
        {
            "party": Text(
                en=f"'{name}' is no {label.en.lower()} in {title.en} yet",
                ja=f"「{name}」はまだ {title.ja} の{label.ja}ではありません",
            )
        },
        hint=Text(
            en=f"The next sync makes it one, or name a {label.en.lower()}.",
            ja=f"次回の同期で作成されます。または{label.ja}を指定してください。",
        ),
    )
