"""What is kept in step between a CRM and a finance service, by default."""

from tsunagi import EMAIL, TEXT, Codec, Direction, FieldMap, Mapping, PairEnd, SyncPair, Text, Value


def _lines(value: Value) -> Value:
    # A text of several lines: how a line ends, and blanks around lines, are no difference.
    if not isinstance(value, str):
        return value
    return "\n".join(line.strip() for line in value.splitlines()).strip() or None


LINES = Codec(_lines, lambda value: value)

_ADDRESS = tuple(
    FieldMap(name, name, name, LINES, LINES)
    for which in ("billing", "shipping")
    for name in (f"{which}_{part}" for part in ("street", "city", "state", "code", "country"))
)

_ACCOUNT_TO_CUSTOMER = Mapping(
    (
        FieldMap("name", "name", "name"),
        FieldMap("phone", "phone", "phone"),
        FieldMap("website", "website", "website"),
        *_ADDRESS,
        # An account without a currency of its own is billed in the organisation's.
        FieldMap("currency", "currency", "currency", TEXT, TEXT, Direction.LEFT_TO_RIGHT),
        FieldMap("notes", "description", "notes", LINES, LINES),
    )
)


def customers_pair(service: str, name: Text) -> SyncPair:
    """Accounts and customers; `name` is what people call the service."""
    return SyncPair(
        name=f"{service}.customers",
        label=Text(f"Accounts and {name.en} customers", f"取引先と {name.ja} の顧客"),
        left=PairEnd("crm", "account"),
        right=PairEnd(service, "customer"),
        mapping=_ACCOUNT_TO_CUSTOMER,
        direction=Direction.LEFT_TO_RIGHT,
        match_on=("name",),
        required=("name",),
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
    )
