"""What rules may have done in Books."""

from tsunagi_zoho.finance.billing import invoice_of_deal

from tsunagi_books.connector import NAME, SERVICE

ACTIONS = (invoice_of_deal(SERVICE, NAME),)
