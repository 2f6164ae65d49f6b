"""Documents as PDF files."""

from email.message import Message

from tsunagi import BrokenAnswer, Printed, RecordRef, Text
from tsunagi_zoho.answers import Answer
from tsunagi_zoho.finance.calls import OrganizationCalls
from tsunagi_zoho.finance.kinds import Kind

_PDF = "application/pdf"
_SIGNATURE = b"%PDF-"


def printed(calls: OrganizationCalls, kind: Kind, ref: RecordRef) -> Printed:
    """One call."""
    answer = calls.download(f"/{kind.path}/{ref.id}", _PDF, {"accept": "pdf"})
    if not answer.content.startswith(_SIGNATURE):
        raise BrokenAnswer(
            Text(
                en=f"{answer.request}: a PDF was expected, its {len(answer.content)} bytes are none.",
                ja=f"{answer.request}: PDF ではない内容を受け取りました({len(answer.content)} バイト)。",
            ),
            service=calls.service,
        )
    return Printed(_name(answer) or f"{ref.entity}-{ref.id}.pdf", answer.content)


def _name(answer: Answer) -> str:
    """As the service calls the file, without any folder."""
    header = Message()
    header["content-disposition"] = answer.headers.get("content-disposition", "")
    return (header.get_filename() or "").replace("\\", "/").rpartition("/")[2].strip()
