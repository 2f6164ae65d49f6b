"""The plain look of the sandbox's own pages."""

from collections.abc import Iterable, Mapping, Sequence
from html import escape

from zoho_sandbox.calls import Answer

HTML = {"content-type": "text/html; charset=utf-8"}

_STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; margin: 0 auto; max-width: 72rem; padding: 1rem 1.5rem; color: #1d2733; }
nav a { margin-right: 1rem; } h1 { font-size: 1.4rem; } code, pre { font-size: .9em; background: #f2f4f7; }
code { padding: 0 .25em; } pre { padding: .75rem; overflow: auto; white-space: pre-wrap; word-break: break-word; }
table { border-collapse: collapse; width: 100%; } th, td { text-align: left; padding: .3rem .6rem; }
tr { border-bottom: 1px solid #e3e8ee; } .number { text-align: right; font-variant-numeric: tabular-nums; }
button, select { font: inherit; padding: .25rem .75rem; }
"""
_NAV = (
    ("/", "Sandbox"),
    ("/_sandbox/requests", "Requests"),
    ("/_sandbox/faults", "Faults"),
    ("/_sandbox/callbacks", "Callbacks"),
    ("/_sandbox/mail", "Mail"),
    ("/_sandbox/organizations", "Organizations"),
    ("/_sandbox/people", "People"),
    ("/_sandbox/clock", "Clock"),
)


def page(title: str, body: str) -> bytes:
    """A whole page; `body` is HTML, `title` is text."""
    links = "".join(f'<a href="{href}">{label}</a>' for href, label in _NAV)
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)} - Zoho sandbox</title>'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><style>{_STYLE}</style></head>'
        f"<body><nav>{links}</nav><main><h1>{escape(title)}</h1>{body}</main></body></html>"
    ).encode()


def html_answer(title: str, body: str, status: int = 200) -> Answer:
    return Answer(status, page(title, body), HTML)


def table(headings: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A table of texts; a `Markup` cell is taken as HTML."""
    head = "".join(f"<th>{escape(heading)}</th>" for heading in headings)
    body = "".join("<tr>" + "".join(f"<td>{_cell(cell)}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


class Markup(str):
    """Text that is HTML already."""

    __slots__ = ()


def link(href: str, label: object) -> Markup:
    return Markup(f'<a href="{escape(href)}">{escape(str(label))}</a>')


def prefers_html(headers: Mapping[str, str]) -> bool:
    """Whether a browser asks; programs get JSON."""
    return "text/html" in headers.get("accept", "")


def _cell(cell: object) -> str:
    return cell if isinstance(cell, Markup) else escape(str(cell))
