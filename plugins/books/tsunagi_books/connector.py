"""How Books is reached and what it keeps."""

from tsunagi import Text
from tsunagi_zoho.finance.contact_persons import CONTACT_PERSON
from tsunagi_zoho.finance.customers import CUSTOMER
from tsunagi_zoho.finance.documents import ESTIMATE, INVOICE, PURCHASE_ORDER, SALES_ORDER
from tsunagi_zoho.finance.items import ITEM
from tsunagi_zoho.finance.service import FinanceService
from tsunagi_zoho.finance.vendors import VENDOR

SERVICE = FinanceService(
    name="books",
    label=Text.same("Zoho Books"),
    base_path="/books/v3",
    kinds=(CUSTOMER, CONTACT_PERSON, ITEM, ESTIMATE, INVOICE, SALES_ORDER, VENDOR, PURCHASE_ORDER),
)
