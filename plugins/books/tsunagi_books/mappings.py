"""What is kept in step between the CRM and Books."""

from tsunagi_zoho.finance.pairs import contact_persons_pair, customers_pair

from tsunagi_books.connector import NAME, SERVICE

PAIRS = (customers_pair(SERVICE, NAME), contact_persons_pair(SERVICE, NAME))
