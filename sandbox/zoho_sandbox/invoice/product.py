"""Invoice as a product of the sandbox: Books' sales side under its own paths and scopes, in the tables of Books."""

from zoho_sandbox.books.contact_routes import ALL_PEOPLE
from zoho_sandbox.books.product import SELLING
from zoho_sandbox.finance.product import product_of
from zoho_sandbox.finance.recurring_invoices import catch_up
from zoho_sandbox.finance.services import INVOICE

PRODUCT = product_of(INVOICE, (ALL_PEOPLE,), SELLING, before=catch_up)
