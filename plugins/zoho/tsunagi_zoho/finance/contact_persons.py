"""Contact persons: the people of a customer, translated both ways and kept in step with contacts."""

from collections.abc import Sequence

from tsunagi import (
    EMAIL,
    BrokenAnswer,
    Direction,
    EntityType,
    FieldMap,
    Fields,
    FieldSpec,
    Mapping,
    NewRecord,
    PairEnd,
    Record,
    RecordRef,
    RecordRejected,
    SyncPair,
    Text,
    Value,
)
from tsunagi_zoho.answers import Json
from tsunagi_zoho.finance.kinds import Kind, Search, record_of, row_of
from tsunagi_zoho.finance.ledger import Ledger
from tsunagi_zoho.finance.wire import Row, check_lengths, written_text

_TEXTS = ("email", "phone", "mobile", "designation", "department")
_LIMITS = {
    "first_name": 100,
    "last_name": 100,
    "email": 100,
    "phone": 50,
    "mobile": 50,
    "designation": 100,
    "department": 50,
}


def read_person(row: Row, ledger: Ledger) -> dict[str, Value]:
    """A person with one name only is kept there as a first name; we, and the CRM, call it the last name."""
    first, last = row.optional_text("first_name"), row.optional_text("last_name")
    if last is None:
        first, last = None, first
    fields: dict[str, Value] = {"first_name": first, "last_name": last}
    fields |= {name: row.optional_text(name) for name in _TEXTS}
    if row.text("zcrm_contact_id"):
        fields["zcrm_contact_id"] = row.text("zcrm_contact_id")
    customer = row.text("contact_id")
    fields["customer"] = RecordRef(ledger.service, "customer", customer) if customer else None
    return fields


def write_person(fields: Fields, current: Row | None, ledger: Ledger) -> Json:
    check_lengths(ledger.service, "contact person", fields, _LIMITS)
    body: Json = {name: written_text(fields[name]) for name in _TEXTS if name in fields}
    body |= _names(fields, current, ledger)
    if current is None:
        body["contact_id"] = customer_id(fields, ledger)
        return {key: value for key, value in body.items() if value}
    # A change has to name the customer and the person again.
    return {"contact_id": current.text("contact_id"), **body}


def new_people(people: Sequence[NewRecord], ledger: Ledger) -> list[Json]:
    """Persons of a customer that is created with them."""
    rows = [write_person(person.fields, None, ledger) for person in people]
    return [{key: value for key, value in row.items() if key != "contact_id"} for row in rows]


def people_made(kind: Kind, customer: Row, asked: Sequence[Json], ledger: Ledger) -> list[Record]:
    """The persons in a new customer's answer, in the order they were asked for; BrokenAnswer where one is missing."""
    belong = {"contact_id": customer.text("contact_id")}
    listed = [data for data in customer.data.get(kind.many) or () if isinstance(data, dict)]
    told = [row_of(kind, {**data, **belong}, ledger.service) for data in listed]
    found: list[Record] = []
    for wanted in asked:
        row = next((row for row in told if _identity(row.data) == _identity(wanted)), None)
        if row is None:
            raise BrokenAnswer(_missing(ledger, wanted), service=ledger.service)
        told.remove(row)
        found.append(record_of(kind, row, ledger))
    return found


def _missing(ledger: Ledger, wanted: Json) -> Text:
    named = " ".join(_identity(wanted)).strip()
    return Text(
        en=f"{ledger.service}: the answer does not show a contact person that was sent: {named}",
        ja=f"{ledger.service}: 送信した連絡先担当者が応答にありません: {named}",
    )


def known_person(known: Record, changes: Fields) -> Json | None:
    """A person as a change needs it; None where the change makes another customer's person of it."""
    customer = known.fields.get("customer")
    if "customer" in changes or not isinstance(customer, RecordRef):
        return None
    texts = {name: known.text(name) for name in ("first_name", "last_name")}
    if not texts["first_name"]:
        texts = {"first_name": texts["last_name"], "last_name": ""}
    return {"contact_person_id": known.ref.id, "contact_id": customer.id, **texts}


def _names(fields: Fields, current: Row | None, ledger: Ledger) -> Json:
    before = read_person(current, ledger) if current is not None else {}
    first, last = (written_text({**before, **fields}.get(name)).strip() for name in ("first_name", "last_name"))
    if not first and not last:
        raise _rejected(ledger, "last_name", "is empty, a contact person needs a name")
    # The service insists on a first name.
    return {"first_name": first or last, "last_name": last if first else ""}


def customer_id(fields: Fields, ledger: Ledger) -> str:
    """Raises RecordRejected where the person has no customer."""
    customer = fields.get("customer")
    if isinstance(customer, RecordRef):
        return customer.id
    raise _rejected(ledger, "customer", f"must be the customer the person belongs to, got {customer!r}")


def _search(new: NewRecord, ledger: Ledger) -> Search:
    wanted = write_person(new.fields, None, ledger)
    identity = _identity(wanted)
    return Search(f"contacts/{wanted['contact_id']}/contactpersons", {}, lambda row: _identity(row.data) == identity)


def _identity(data: Json) -> tuple[str, ...]:
    """What distinguishes two persons of one customer."""
    return tuple(str(data.get(key) or "").strip().casefold() for key in ("email", "first_name", "last_name"))


def _rejected(ledger: Ledger, field: str, problem: str) -> RecordRejected:
    return RecordRejected(
        Text(
            en=f"{ledger.service} cannot take this contact person: {field} {problem}.",
            ja=f"{ledger.service} に登録できない連絡先担当者です: {field} {problem}",
        ),
        service=ledger.service,
        problems={field: problem},
    )


def contact_person_type(service: str) -> EntityType:
    return EntityType(
        service=service,
        name="contact_person",
        label=Text("Contact person", "連絡先担当者"),
        plural=Text("Contact persons", "連絡先担当者"),
        fields=(
            FieldSpec(
                "customer", "reference", Text("Customer", "顧客"), references=f"{service}.customer", required=True
            ),
            FieldSpec("first_name", "text", Text("First name", "名")),
            FieldSpec("last_name", "text", Text("Last name", "姓"), required=True),
            FieldSpec("email", "email", Text("E-mail", "メール")),
            FieldSpec("phone", "phone", Text("Phone", "電話番号")),
            FieldSpec("mobile", "phone", Text("Mobile", "携帯電話")),
            FieldSpec("designation", "text", Text("Designation", "役職")),
            FieldSpec("department", "text", Text("Department", "部署")),
            FieldSpec("zcrm_contact_id", "text", Text("CRM contact ID", "CRM の連絡先 ID"), read_only=True),
        ),
        title="last_name",
        verbs=("view", "create", "edit"),
    )


# The service lists persons a customer at a time only: there is no listing of them all.
CONTACT_PERSON = Kind(
    entity="contact_person",
    path="contacts/contactpersons",
    one="contact_person",
    many="contact_persons",
    read=read_person,
    describe=contact_person_type,
    write=write_person,
    search=_search,
    updatable=True,
    known=known_person,
    parent_field="customer",
)


def contact_persons_pair(service: str, name: Text) -> SyncPair:
    """Contacts and the people of their account's customer."""
    customers = f"{service}.customers"
    return SyncPair(
        name=f"{service}.contact_persons",
        label=Text(f"Contacts and {name.en} contact persons", f"連絡先と {name.ja} の連絡先担当者"),
        left=PairEnd("crm", "contact"),
        right=PairEnd(service, "contact_person"),
        mapping=Mapping(
            (
                FieldMap("customer", "account", "customer", reference=customers),
                FieldMap("first_name", "first_name", "first_name"),
                FieldMap("last_name", "last_name", "last_name"),
                FieldMap("email", "email", "email", EMAIL, EMAIL),
                FieldMap("phone", "phone", "phone"),
                FieldMap("mobile", "mobile", "mobile"),
                FieldMap("designation", "title", "designation"),
                FieldMap("department", "department", "department"),
            )
        ),
        direction=Direction.LEFT_TO_RIGHT,
        match_on=("customer", "email"),
        after=(customers,),
        required=("customer", "last_name"),
        former_ids=("zcrm_contact_id",),
    )
