"""Facts as a table writes them, read into the types their fields are declared with."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from tsunagi.domain.entities import EntityType, FieldSpec
from tsunagi.domain.records import Fields, Value
from tsunagi.errors import RuleFileError
from tsunagi.rules.comparing import date_in, money_in, record_in, time_in
from tsunagi.rules.derived import ANY_PRODUCT, DOCUMENTS, ITEMS, PRODUCT_FIELDS, PRODUCTS, RECEIVABLES, products_of
from tsunagi.rules.facts import BEFORE
from tsunagi.rules.vocabulary import Vocabulary
from tsunagi.text import Text
from tsunagi.wording import Path, received
from tsunagi.yaml_marks import Document

_WANTED = {
    "integer": Text(en="a whole number", ja="整数"),
    "decimal": Text(en="a number", ja="数値"),
    "money": Text(en="an amount with its currency, such as 120000 JPY", ja="120000 JPY のような通貨つきの金額"),
    "date": Text(en="a date such as 2026-11-24", ja="2026-11-24 のような日付"),
    "time": Text(en="a time such as 2026-11-24T09:00:00+09:00", ja="2026-11-24T09:00:00+09:00 のような日時"),
    "boolean": Text(en="true or false", ja="true か false"),
    "reference": Text(en="a record such as crm:account:1", ja="crm:account:1 のようなレコード"),
}
_WANTED_TEXT = Text(en="a text", ja="文字列")


@dataclass(frozen=True, slots=True)
class CaseFacts:
    """Facts of one case. A declared field that the table leaves out is blank, as a service would send it."""

    document: Document
    path: Path
    subject: EntityType
    vocabulary: Vocabulary

    def all(self, given: Mapping[str, Mapping[str, object]]) -> dict[str, Fields] | tuple[RuleFileError, ...]:
        errors: list[RuleFileError] = []
        facts: dict[str, Fields] = {}
        for root, fields in {self.subject.name: {}, **given}.items():
            if root in {RECEIVABLES, DOCUMENTS}:
                facts[root] = self._nested(root, fields, (root,), errors)
            elif root == PRODUCTS and ITEMS in fields:
                facts[root] = self._products(fields[ITEMS], errors)
            else:
                facts[root] = self._record(root, fields, errors)
        return tuple(errors) or facts

    def _nested(
        self, path: str, given: Mapping[str, object], keys: tuple[str, ...], errors: list[RuleFileError]
    ) -> Fields:
        """Facts by service, kind and so on: each leaf is of the type its path has."""
        fields: dict[str, Value] = {}
        for name, value in given.items():
            here = (*keys, name)
            if isinstance(value, Mapping):
                fields[name] = self._nested(f"{path}.{name}", value, here, errors)
                continue
            spec = self.vocabulary.field(self.subject, f"{path}.{name}")
            self._take(fields, name, spec, value, (*self.path, *here), errors)
        return fields

    def _products(self, given: object, errors: list[RuleFileError]) -> Fields:
        items: list[Fields] = []
        for index, item in enumerate(given if isinstance(given, list) else ()):
            fields: dict[str, Value] = dict.fromkeys(spec.name for spec in PRODUCT_FIELDS)
            for name, value in item.items() if isinstance(item, Mapping) else ():
                spec = self.vocabulary.field(self.subject, f"{ANY_PRODUCT}.{name}")
                self._take(fields, name, spec, value, (*self.path, PRODUCTS, ITEMS, index, name), errors)
            items.append(fields)
        return products_of(items)

    def _record(self, root: str, given: Mapping[str, object], errors: list[RuleFileError]) -> Fields:
        fields: dict[str, Value] = dict.fromkeys(self._declared(root))
        for name, value in given.items():
            path = (*self.path, root, name)
            self._take(fields, name, self.vocabulary.field(self.subject, f"{root}.{name}"), value, path, errors)
        return fields

    def _take(
        self,
        fields: dict[str, Value],
        name: str,
        spec: FieldSpec | Text | None,
        value: object,
        path: Path,
        errors: list[RuleFileError],
    ) -> None:
        if isinstance(spec, Text):
            errors.append(self.document.error(spec, path, key=True))
            return
        typed = _typed(spec, value)
        if isinstance(typed, _Misfit):
            errors.append(self.document.error(_misfit(spec, value), path))
        else:
            fields[name] = typed

    def _declared(self, root: str) -> list[str]:
        if root in {self.subject.name, BEFORE}:
            return [spec.name for spec in self.subject.fields]
        reference = self.subject.field(root)
        owner = self.vocabulary.entities.get(reference.references) if reference else None
        return [spec.name for spec in owner.fields] if owner else []


def typed_value(spec: FieldSpec, value: object) -> Value | Text:
    """A value as a table writes it, in the field's type, or why it is none."""
    typed = _typed(spec, value)
    return _misfit(spec, value) if isinstance(typed, _Misfit) else typed


class _Misfit:
    """The value is not of the field's type."""


def _typed(spec: FieldSpec | None, value: object) -> Value | _Misfit:
    if value is None:
        return None
    if spec is None:  # a record of a kind nobody described
        return value  # type: ignore[return-value]  # what the parser made
    if isinstance(value, list):
        return tuple(item for item in value)
    return _of_type(spec, value)


def _of_type(spec: FieldSpec, value: object) -> Value | _Misfit:
    match spec.type, value:
        case "boolean", bool():
            return value
        case (_, bool()) | ("boolean", _):
            return _Misfit()
        case "integer", int():
            return value
        case "decimal", int() | Decimal():
            return Decimal(value)
        case "money", str():
            return _or_misfit(money_in(value))
        case "date", str():
            return _or_misfit(date_in(value))
        case "time", str():
            return _or_misfit(time_in(value))
        case "reference", str():
            return _or_misfit(record_in(value))
        case (("integer" | "decimal" | "money" | "date" | "time" | "reference"), _):
            return _Misfit()
        case _:
            return value if isinstance(value, str) else _Misfit()


def _or_misfit(value: Value) -> Value | _Misfit:
    return _Misfit() if value is None else value


def _misfit(spec: FieldSpec | None, value: object) -> Text:
    wanted = _WANTED.get(spec.type, _WANTED_TEXT) if spec else _WANTED_TEXT
    got = received(value)
    return Text(en=f"Expected {wanted.en}, got {got.en}.", ja=f"{wanted.ja}が必要です。現在は{got.ja}です。")
