"""How Books is reached and what it keeps."""

from collections.abc import Sequence

from tsunagi import ConnectorContext, ConnectorType, Organization, Text
from tsunagi_zoho import ZohoSettings
from tsunagi_zoho.finance.connector import FinanceConnector
from tsunagi_zoho.finance.contact_persons import CONTACT_PERSON
from tsunagi_zoho.finance.customers import CUSTOMER
from tsunagi_zoho.finance.documents import ESTIMATE, INVOICE
from tsunagi_zoho.finance.entity_types import (
    contact_person_type,
    customer_type,
    estimate_type,
    invoice_type,
    item_type,
)
from tsunagi_zoho.finance.items import ITEM
from tsunagi_zoho.finance.organizations import finance_client, list_organizations

SERVICE = "books"
NAME = Text("Zoho Books", "Zoho Books")
BASE_PATH = "/books/v3"


class BooksConnector(FinanceConnector):
    """One organisation of Zoho Books."""

    def __init__(self, context: ConnectorContext) -> None:
        kinds = (CUSTOMER, CONTACT_PERSON, ITEM, ESTIMATE, INVOICE)
        super().__init__(context, service=SERVICE, base_path=BASE_PATH, kinds=kinds)


def probe(context: ConnectorContext) -> Sequence[Organization]:
    with finance_client(context, SERVICE, BASE_PATH) as client:
        return list_organizations(client)


BOOKS = ConnectorType(
    service=SERVICE,
    label=NAME,
    side="finance",
    settings=ZohoSettings,
    build=BooksConnector,
    probe=probe,
    # Items are read on demand until something is kept in step with them.
    entities=("customer", "contact_person", "estimate", "invoice"),
)
ENTITY_TYPES = (
    customer_type(SERVICE),
    contact_person_type(SERVICE),
    item_type(SERVICE),
    estimate_type(SERVICE),
    invoice_type(SERVICE),
)
