"""What record pages show of Books."""

from tsunagi_books.connector import SERVICE

PANELS = SERVICE.panels()
