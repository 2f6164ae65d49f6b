"""What is kept in step between the CRM and Books."""

from tsunagi_books.connector import SERVICE

PAIRS = SERVICE.pairs()
