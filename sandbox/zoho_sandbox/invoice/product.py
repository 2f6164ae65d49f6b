"""Invoice as a product of the sandbox: Books' sales side under its own paths and scopes."""

from functools import partial

from zoho_sandbox.books import limits
from zoho_sandbox.books.operations import offered, refuse
from zoho_sandbox.books.product import SELLING, admit
from zoho_sandbox.books.services import INVOICE
from zoho_sandbox.product import Product

PRODUCT = Product(
    name=INVOICE.name,
    prefix="/invoice",
    schema="",  # the tables are those of Books
    operations=offered(INVOICE, SELLING),
    refuse=partial(refuse, service=INVOICE),
    admit=partial(admit, service=INVOICE),
    stamp=partial(limits.stamp, service=INVOICE),
)
