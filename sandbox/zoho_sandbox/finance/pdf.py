"""Prints documents as PDF: A4, Japanese and Latin text without font files, as many pages as the lines need."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from io import BytesIO
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape

if TYPE_CHECKING:
    from reportlab.lib.styles import ParagraphStyle
    from reportlab.platypus import Flowable, Paragraph

_JAPANESE = "HeiseiKakuGo-W5"
_WIDTHS = (200, 60, 75, 55, 90)
_HEADINGS = ("Item 品目", "Qty 数量", "Rate 単価", "Tax 税", "Amount 金額")
_GREY = "#d5dae1"


@dataclass(frozen=True, slots=True)
class SheetLine:
    """One line as it is printed; all texts."""

    name: str
    description: str
    quantity: str
    rate: str
    tax: str
    amount: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """A document as it is printed. Amounts are texts, with their currency where it should show.

    `titles` are English and Japanese; `sender` and `recipient` lines of text, the name first; `facts` and `totals`
    label and value, the last total standing out; `notes` label and text.
    """

    titles: tuple[str, str]
    sender: Sequence[str]
    recipient: Sequence[str]
    facts: Sequence[tuple[str, str]]
    lines: Sequence[SheetLine]
    totals: Sequence[tuple[str, str]]
    notes: Sequence[tuple[str, str]] = ()


def document_pdf(sheets: Sequence[Sheet]) -> bytes:
    """One PDF of all sheets, each beginning on a page of its own; the same sheets give the same bytes."""
    from reportlab.lib.pagesizes import A4  # noqa: PLC0415  (slow to load, and most sandboxes never print)
    from reportlab.platypus import PageBreak, SimpleDocTemplate  # noqa: PLC0415

    _styles()
    content: list[Flowable] = []
    for sheet in sheets:
        content += [PageBreak()] if content else []
        content += _flowables(sheet)
    target = BytesIO()
    title = ", ".join(" ".join((sheet.titles[0], sheet.facts[0][1])) for sheet in sheets if sheet.facts)
    template = SimpleDocTemplate(
        target, pagesize=A4, invariant=1, title=title, leftMargin=56, rightMargin=56, topMargin=56, bottomMargin=56
    )
    template.build(content, onFirstPage=_page_number, onLaterPages=_page_number)
    return target.getvalue()


def _page_number(canvas: Any, document: Any) -> None:
    canvas.setFont("Helvetica", 8)
    canvas.drawRightString(document.pagesize[0] - 56, 32, str(canvas.getPageNumber()))


@lru_cache(maxsize=1)
def _styles() -> dict[str, ParagraphStyle]:
    from reportlab.lib.colors import HexColor  # noqa: PLC0415
    from reportlab.lib.enums import TA_RIGHT  # noqa: PLC0415
    from reportlab.lib.styles import ParagraphStyle  # noqa: PLC0415
    from reportlab.pdfbase.cidfonts import UnicodeCIDFont  # noqa: PLC0415
    from reportlab.pdfbase.pdfmetrics import registerFont  # noqa: PLC0415

    registerFont(UnicodeCIDFont(_JAPANESE))
    text = ParagraphStyle("text", fontName="Helvetica", fontSize=9, leading=13)
    bold = ParagraphStyle("bold", parent=text, fontName="Helvetica-Bold")
    return {
        "text": text,
        "bold": bold,
        "title": ParagraphStyle("title", parent=bold, fontSize=18, leading=26),
        "small": ParagraphStyle("small", parent=text, fontSize=8, leading=11, textColor=HexColor("#4a5563")),
        "figure": ParagraphStyle("figure", parent=text, alignment=TA_RIGHT),
        "bold figure": ParagraphStyle("bold figure", parent=bold, alignment=TA_RIGHT),
    }


def _flowables(sheet: Sheet) -> Iterator[Flowable]:
    from reportlab.platypus import Spacer  # noqa: PLC0415

    yield _paragraph(" / ".join(sheet.titles), "title")
    yield Spacer(1, 12)
    yield _table([[_block(sheet.recipient), _block(sheet.sender)]], (270, 210))
    yield Spacer(1, 12)
    facts = [[_paragraph(label, "small"), _paragraph(value, "text")] for label, value in sheet.facts]
    yield _table(facts, (130, 350))
    yield Spacer(1, 14)
    yield _line_table(sheet.lines)
    yield Spacer(1, 8)
    yield _total_table(sheet.totals)
    for label, text in sheet.notes:
        yield Spacer(1, 10)
        yield _paragraph(label, "small")
        yield _paragraph(text, "text")


def _block(lines: Sequence[str]) -> list[Flowable]:
    return [_paragraph(line, "text" if place else "bold") for place, line in enumerate(lines)]


def _line_table(lines: Sequence[SheetLine]) -> Flowable:
    head = [_paragraph(heading, "bold figure" if place else "bold") for place, heading in enumerate(_HEADINGS)]
    rows = [
        [
            [_paragraph(line.name, "text"), *([_paragraph(line.description, "small")] if line.description else [])],
            *(_paragraph(text, "figure") for text in (line.quantity, line.rate, line.tax, line.amount)),
        ]
        for line in lines
    ]
    return _table([head, *rows], _WIDTHS, ruled=True)


def _total_table(totals: Sequence[tuple[str, str]]) -> Flowable:
    rows = []
    for place, (label, value) in enumerate(totals, 1):
        style = "bold figure" if place == len(totals) else "figure"
        rows.append([_paragraph(label, style), _paragraph(value, style)])
    table = _table(rows, (160, 120))
    table.hAlign = "RIGHT"
    return table


def _table(rows: Sequence[list[Any]], widths: Sequence[float], *, ruled: bool = False) -> Flowable:
    from reportlab.platypus import Table  # noqa: PLC0415

    style: list[Any] = [
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ("LEFTPADDING", (0, 0), (0, -1), 0),
        ("TOPPADDING", (0, 0), (-1, -1), 2),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 3),
    ]
    if ruled:
        style.append(("LINEBELOW", (0, 0), (-1, -1), 0.5, _GREY))
    return Table(rows, colWidths=widths, style=style, repeatRows=1 if ruled else 0, splitInRow=1, hAlign="LEFT")


def _paragraph(text: str, style: str) -> Paragraph:
    from reportlab.platypus import Paragraph  # noqa: PLC0415

    chosen = _styles()[style]
    if not _is_latin(text):
        # Japanese has no spaces to break lines at.
        chosen = chosen.clone(chosen.name, wordWrap="CJK")
    return Paragraph(_marked(text), chosen)


def _is_latin(text: str) -> bool:
    try:
        text.encode("cp1252")
    except UnicodeEncodeError:
        return False
    return True


_RUNS = re.compile("([\u0020-\u007e\u00a0-\u00ff]+)")


def _marked(text: str) -> str:
    """The text as reportlab's markup: what Helvetica lacks is set in the Japanese font."""
    lines = []
    for line in text.splitlines() or [""]:
        runs = (run for run in _RUNS.split("".join(mark if mark.isprintable() else " " for mark in line)) if run)
        lines.append("".join(map(_run, runs)))
    return "<br/>".join(lines)


def _run(text: str) -> str:
    marked = escape(text)
    return marked if _RUNS.fullmatch(text) else f'<font name="{_JAPANESE}">{marked}</font>'
