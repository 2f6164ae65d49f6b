"""Vendors: the contacts of a finance service that are bought from, translated both ways and kept in step."""

from dataclasses import replace

from tsunagi import (
    EMAIL,
    Activity,
    Direction,
    EntityType,
    FieldMap,
    Fields,
    FieldSpec,
    Mapping,
    NewRecord,
    PairEnd,
    Record,
    SyncPair,
    Text,
    Value,
)
from tsunagi_zoho.answers import Json
from tsunagi_zoho.finance.customers import (
    COMPLETE_KEYS,
    IN_ADDRESSES,
    LINES,
    contact_listing,
    customer_type,
    known_customer,
    read_contact,
    search_contact,
    write_contact,
)
from tsunagi_zoho.finance.kinds import Kind, Search
from tsunagi_zoho.finance.ledger import Ledger
from tsunagi_zoho.finance.wire import Row, check_lengths, written_text

_LONGEST_EMAIL = 100
_LONGEST_FIRST_NAME = 100


def read_vendor(row: Row, ledger: Ledger) -> dict[str, Value]:
    """The e-mail address is that of its primary contact person."""
    email = {"email": row.optional_text("email")} if row.has("email") else {}
    return {**read_contact(row, ledger), **email}


def write_vendor(fields: Fields, current: Row | None, ledger: Ledger) -> Json:
    check_lengths(ledger.service, "vendor", fields, {"email": _LONGEST_EMAIL})
    body = write_contact("vendor", fields, current, ledger)
    if "email" not in fields:
        return body
    name = str(body.get("contact_name", ""))[:_LONGEST_FIRST_NAME]
    people = _people(written_text(fields["email"]), name, current)
    return {**body, "contact_persons": people} if people else body


def _people(email: str, name: str, current: Row | None) -> list[Json]:
    """With the address at the primary person, who is made where there is none. People are replaced together: those
    the service shows stay."""
    known = current.data.get("contact_persons") if current is not None else None
    people = [dict(person) for person in known or () if isinstance(person, dict)]
    primary = next((person for person in people if person.get("is_primary_contact")), people[0] if people else None)
    if primary is not None:
        primary["email"] = email
        return people
    # A person needs a first name there.
    return [{"first_name": name, "email": email, "is_primary_contact": True}] if email else []


def known_vendor(known: Record, changes: Fields) -> Json | None:
    """None where the e-mail address changes: it stands among people who are written together."""
    return None if "email" in changes else known_customer(known, changes)


def _search(new: NewRecord, ledger: Ledger) -> Search:
    return search_contact("vendor", new, ledger)


def vendor_type(service: str) -> EntityType:
    """As customers, with an e-mail address."""
    customer = customer_type(service)
    name, *others = customer.fields
    email = FieldSpec("email", "email", Text("E-mail", "メール"))
    return replace(
        customer,
        name="vendor",
        label=Text("Vendor", "仕入先"),
        plural=Text("Vendors", "仕入先"),
        fields=(replace(name, label=Text("Name", "仕入先名")), email, *others),
    )


VENDOR = Kind(
    entity="vendor",
    path="contacts",
    one="contact",
    many="contacts",
    read=read_vendor,
    describe=vendor_type,
    write=write_vendor,
    search=_search,
    listing=contact_listing("vendor"),
    complete_keys=COMPLETE_KEYS,
    updatable=True,
    activity={"active": "active", "inactive": "inactive"},
    adds_fields=True,
    known=known_vendor,
    written_whole=IN_ADDRESSES,
)

_MAPPING = Mapping(
    (
        FieldMap("name", "name", "name"),
        FieldMap("email", "email", "email", EMAIL, EMAIL),
        FieldMap("phone", "phone", "phone"),
        FieldMap("website", "website", "website"),
        *(
            FieldMap(f"billing_{part}", part, f"billing_{part}", LINES, LINES)
            for part in ("street", "city", "state", "code", "country")
        ),
        FieldMap("notes", "description", "notes", LINES, LINES),
    )
)


def vendors_pair(service: str, name: Text) -> SyncPair:
    """Vendors of the CRM and of the service; in force where its settings switch it on."""
    return SyncPair(
        name=f"{service}.vendors",
        label=Text(f"Vendors and {name.en} vendors", f"仕入先と {name.ja} の仕入先"),
        left=PairEnd("crm", "vendor"),
        right=PairEnd(service, "vendor", Activity("status", "active", "inactive")),
        mapping=_MAPPING,
        direction=Direction.LEFT_TO_RIGHT,
        match_on=("name",),
        required=("name",),
        former_ids=("zcrm_vendor_id",),
        optional=True,
    )
