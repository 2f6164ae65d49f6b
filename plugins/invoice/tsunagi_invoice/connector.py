"""How Invoice is reached and what it keeps."""

from tsunagi import Text
from tsunagi_zoho.finance.contact_persons import CONTACT_PERSON
from tsunagi_zoho.finance.customers import CUSTOMER
from tsunagi_zoho.finance.documents import ESTIMATE, INVOICE
from tsunagi_zoho.finance.items import ITEM
from tsunagi_zoho.finance.service import FinanceService

SERVICE = FinanceService(
    name="invoice",
    label=Text.same("Zoho Invoice"),
    base_path="/invoice/v3",
    kinds=(CUSTOMER, CONTACT_PERSON, ITEM, ESTIMATE, INVOICE),
)
