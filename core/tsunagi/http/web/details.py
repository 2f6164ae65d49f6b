"""The head of an account's page: its fields with their labels, as links where they lead somewhere."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

from tsunagi.app.views import formats
from tsunagi.domain.entities import EntityType, FieldSpec
from tsunagi.domain.records import Fields, RecordRef, Value
from tsunagi.http.web.rendering import record_address
from tsunagi.translation import language, say

# The address is shown in one piece; these are shown elsewhere on the page.
_ELSEWHERE = ("name", "description", "first_name", "last_name", "full_name")
_ADDRESSES = ("billing", "shipping", "mailing")
_PARTS = ("street", "city", "state", "code", "country")


@dataclass(frozen=True, slots=True)
class Detail:
    """One labelled value; `href` is empty where it is plain text."""

    name: str
    label: str
    text: str
    href: str = ""


def details(entity: EntityType, fields: Fields, titles: Mapping[RecordRef, str]) -> list[Detail]:
    """In the order the entity type declares them, blank ones left out."""
    return list(_details(entity, fields, titles))


def address(fields: Fields, kind: str) -> str:
    """An address in one line, in the order the language writes it; empty where nothing is known.

    `kind` is what its fields begin with, "" for those of a record that has one address only.
    """
    street, city, state, code, country = (
        str(fields.get(f"{kind}_{part}" if kind else part) or "").strip() for part in _PARTS
    )
    if language() == "ja":
        return " ".join(filter(None, (country, code and f"〒{code}", f"{state}{city}", street)))
    return ", ".join(filter(None, (street, city, " ".join(filter(None, (state, code))), country)))


def _details(entity: EntityType, fields: Fields, titles: Mapping[RecordRef, str]) -> Iterator[Detail]:
    # A record with one address calls its parts by their names alone.
    elsewhere = {*_ELSEWHERE, *(_PARTS if entity.field("street") else ())}
    for spec in entity.fields:
        if spec.name in elsewhere or spec.name.split("_", 1)[0] in _ADDRESSES:
            continue
        value = fields.get(spec.name)
        if value not in {None, ""}:
            yield _detail(spec, value, titles)


def _detail(spec: FieldSpec, value: Value, titles: Mapping[RecordRef, str]) -> Detail:
    label = say(spec.label)
    if isinstance(value, RecordRef):
        href = record_address(value) if value in titles else ""
        return Detail(spec.name, label, titles.get(value, value.id), href)
    text = formats.value(value)
    if text in spec.choices:
        return Detail(spec.name, label, say(spec.choices[text]))
    return Detail(spec.name, label, _shown(spec, text), _href(spec, text))


def _href(spec: FieldSpec, text: str) -> str:
    if spec.type == "phone":
        return "tel:" + "".join(letter for letter in text if letter in "+0123456789")
    if spec.type == "email":
        return f"mailto:{quote(text, safe='@+')}"
    return _site(text) if spec.type == "url" else ""


def _shown(spec: FieldSpec, text: str) -> str:
    return text.removeprefix("https://").removeprefix("http://").rstrip("/") if spec.type == "url" else text


def _site(text: str) -> str:
    """Only what leads to a web site: a record may hold any text, `javascript:` too."""
    try:
        parts = urlsplit(text if "://" in text else f"https://{text}")
    except ValueError:
        return ""
    return parts.geturl() if parts.scheme in {"http", "https"} and "." in parts.netloc else ""
