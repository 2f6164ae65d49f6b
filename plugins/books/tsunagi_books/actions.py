"""What rules may have done in Books."""

from tsunagi_books.connector import SERVICE

ACTIONS = SERVICE.actions()
