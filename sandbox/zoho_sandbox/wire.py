"""JSON and forms as they travel: money stays Decimal in both directions."""

from io import BytesIO
from typing import Any
from urllib.parse import parse_qsl

import simplejson
from python_multipart import parse_form
from python_multipart.multipart import Field, File

# What clients send with calls that have no body.
_NOTHING = (b"", b"null", b'""')


class UnreadableBodyError(ValueError):
    """The request's body is neither a JSON object nor a form."""


def encode(value: object) -> bytes:
    return simplejson.dumps(value, use_decimal=True, ensure_ascii=False, separators=(",", ":")).encode()


def decode(text: bytes | str) -> Any:
    return simplejson.loads(text, use_decimal=True)


def parse_body(content_type: str, content: bytes) -> dict[str, Any]:
    """A request's body as a dict, whatever its content type says; empty when there is none, or a JSON `null` or "".

    A JSON object is taken as it is; a form gives its fields, and its `JSONString` field, where there is
    one, stands for the whole body.
    """
    text = content.strip()
    if text in _NOTHING:
        return {}
    if text[:1] in (b"{", b"["):
        return _json_object(text)
    fields = _form_fields(content_type, content)
    if "JSONString" in fields:
        written = fields["JSONString"].strip()
        return {} if written.encode() in _NOTHING else _json_object(written)
    return dict(fields)


def _json_object(text: bytes | str) -> dict[str, Any]:
    raw = text.encode() if isinstance(text, str) else text
    try:
        value = decode(text)
    except ValueError as error:
        raise UnreadableBodyError(f"the body is not valid JSON: {error}") from error
    if b"\\ud" in raw.lower():
        _check_unicode(value)
    if not isinstance(value, dict):
        raise UnreadableBodyError(f"the body must be a JSON object, not {type(value).__name__}")
    return value


def _check_unicode(value: object) -> None:
    """Half a surrogate pair is valid JSON, but no text that could be stored or sent."""
    try:
        encode(value)
    except UnicodeEncodeError as error:
        raise UnreadableBodyError("the body has an escape that is no character") from error


def _form_fields(content_type: str, content: bytes) -> dict[str, str]:
    if content_type.startswith("multipart/"):
        return _multipart_fields(content_type, content)
    try:
        return dict(parse_qsl(content.decode(), keep_blank_values=True, strict_parsing=True))
    except ValueError as error:
        raise UnreadableBodyError("the body is neither a JSON object nor a form") from error


def uploaded(content_type: str, content: bytes) -> tuple[str, bytes] | None:
    """The name and bytes of the first file of a multipart form; None where there is none."""
    if not content_type.startswith("multipart/"):
        return None
    files = _multipart(content_type, content)[1]
    return files[0] if files else None


def _multipart_fields(content_type: str, content: bytes) -> dict[str, str]:
    return _multipart(content_type, content)[0]


def _multipart(content_type: str, content: bytes) -> tuple[dict[str, str], list[tuple[str, bytes]]]:
    fields: dict[str, str] = {}
    files: list[tuple[str, bytes]] = []

    def on_field(field: Field) -> None:
        fields[(field.field_name or b"").decode()] = (field.value or b"").decode()

    def on_file(file: File) -> None:
        file.file_object.seek(0)
        files.append(((file.file_name or b"").decode(), file.file_object.read()))

    headers = {"Content-Type": content_type.encode(), "Content-Length": str(len(content)).encode()}
    try:
        parse_form(headers, BytesIO(content), on_field, on_file)
    except ValueError as error:
        raise UnreadableBodyError(f"the multipart form cannot be read: {error}") from error
    return fields, files
