"""Addresses of pages: where records are shown, and where a form may lead back to."""

from urllib.parse import quote

from tsunagi.domain.records import RecordRef

HOME = "/accounts"
_PAGES = {"account": "/accounts", "contact": "/contacts", "deal": "/deals"}


def record_address(ref: RecordRef) -> str:
    """The page of a record of the CRM; empty for one that has none."""
    folder = _PAGES.get(ref.entity, "")
    return f"{folder}/{quote(ref.id, safe='')}" if folder else ""


def within(to: str) -> str:
    """Only a place of this hub: a link must not lead elsewhere by way of it."""
    inside = to.startswith("/") and not to.startswith(("//", "/\\")) and to.isprintable()
    return to if inside else HOME


def with_parameter(to: str, name: str, value: str) -> str:
    return f"{to}{'&' if '?' in to else '?'}{name}={quote(value, safe='')}"
