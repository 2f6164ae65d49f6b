"""Facts that are no field of one record: what an account owes, the documents and products of a deal, its owner.

RECEIVABLES   `receivables.SERVICE.balance`: of the account (or of a document's customer), as the service last reported
DOCUMENTS     `documents.SERVICE.KIND.count`: what is linked with the deal
OWNER         `owner.profile`: the user of the CRM the record belongs to
PRODUCTS      `products.count`; `any_product.code` and `every_product.quantity` look at each of them
RATES         what a unit of a currency is worth; for comparisons with a `rate`, no field of its own
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal

from tsunagi.domain.entities import EntityType, FieldSpec, FieldType
from tsunagi.domain.money import Money
from tsunagi.domain.records import Fields, Value
from tsunagi.text import Text
from tsunagi.wording import joined, nearest

RECEIVABLES, DOCUMENTS, OWNER, PRODUCTS, RATES = "receivables", "documents", "owner", "products", "rates"
ANY_PRODUCT, EVERY_PRODUCT = "any_product", "every_product"
# Conditions about them are put to each product in turn.
QUANTIFIED = frozenset({ANY_PRODUCT, EVERY_PRODUCT})
DERIVED = frozenset({RECEIVABLES, DOCUMENTS, OWNER, PRODUCTS}) | QUANTIFIED
ITEMS = "items"
_CURRENCY = re.compile("[A-Z]{3}")
# Sums of documents: SERVICE.KIND.total, and a currency behind it.
_SUMS, _SUM_PARTS = ("total", "balance"), 3


def _spec(name: str, kind: FieldType, en: str, ja: str) -> FieldSpec:
    return FieldSpec(name, kind, Text(en, ja), read_only=True)


OWED = (
    _spec("balance", "money", "Receivable", "売掛金残高"),
    _spec("overdue", "money", "Overdue", "支払期限超過額"),
    _spec("credit", "money", "Unused credit", "未使用クレジット"),
    _spec("as_of", "time", "Receivables as of", "売掛金の取得日時"),
)
_OWNER_FIELDS = (
    _spec("name", "text", "Owner", "担当者"),
    _spec("email", "email", "Owner's e-mail address", "担当者のメール"),
    _spec("profile", "text", "Owner's profile", "担当者のプロファイル"),
    _spec("role", "text", "Owner's role", "担当者のロール"),
    _spec("active", "boolean", "Owner is active", "担当者が有効"),
)
_PRODUCT_SUMS = (
    _spec("count", "integer", "Products", "商品の数"),
    _spec("quantity", "decimal", "Quantity of all products", "商品の数量合計"),
    _spec("total", "money", "Total of the products", "商品の合計金額"),
)
PRODUCT_FIELDS = (
    _spec("name", "text", "Product name", "商品名"),
    _spec("code", "text", "Product code", "商品コード"),
    _spec("description", "text", "Product description", "商品の説明"),
    _spec("quantity", "decimal", "Product quantity", "商品の数量"),
    _spec("rate", "money", "Product price", "商品の単価"),
)
_COUNT = _spec("count", "integer", "Documents", "書類の数")
_FIXED = {
    OWNER: _OWNER_FIELDS,
    PRODUCTS: _PRODUCT_SUMS,
    ANY_PRODUCT: PRODUCT_FIELDS,
    EVERY_PRODUCT: PRODUCT_FIELDS,
}


def derived_roots(subject: EntityType) -> frozenset[str]:
    """Which of these are known when something happens to such a record."""
    names = {spec.name for spec in subject.fields}
    roots: set[str] = set()
    if subject.name == "account" or names & {"account", "customer"}:
        roots.add(RECEIVABLES)
    if subject.name == "deal":
        roots |= {DOCUMENTS, PRODUCTS, *QUANTIFIED}
    elif "deal" in names:
        roots.add(DOCUMENTS)
    return frozenset(roots | ({OWNER} if "owner" in names else set()))


def derived_field(entities: Iterable[EntityType], subject: EntityType, path: str) -> FieldSpec | Text:
    """The field a path leads to that begins with one of DERIVED, or why there is none."""
    root, *names = path.split(".")
    known = derived_roots(subject)
    if root not in known:
        message = Text(
            en=f"Nothing is known of '{root}' when something happens to a {subject.name}.",
            ja=f"「{subject.name}」のイベントで「{root}」は使えません。",
        )
        return joined(message, nearest(root, known)) if known else message
    choices = dict(_choices(tuple(entities), root))
    wanted = ".".join(names)
    if root == DOCUMENTS and len(names) == _SUM_PARTS and names[-1] in _SUMS:
        return Text(
            en=f"'{path}' is a sum by currency: write {path}.JPY.",
            ja=f"「{path}」は通貨ごとの合計です。{path}.JPY のように書いてください。",
        )
    found = choices.get(wanted) or _of_currency(choices, names) or _part_of_money(choices, names)
    if found is not None:
        return found
    return joined(
        Text(en=f"'{root}' has no '{wanted}'.", ja=f"「{root}」に「{wanted}」はありません。"), nearest(wanted, choices)
    )


def derived_paths(entities: Iterable[EntityType], subject: EntityType) -> Iterator[str]:
    """Every path `derived_field` knows, but for the currencies of sums."""
    every = tuple(entities)
    for root in sorted(derived_roots(subject)):
        yield from (f"{root}.{name}" for name, _ in _choices(every, root))


def _choices(entities: Sequence[EntityType], root: str) -> Iterator[tuple[str, FieldSpec]]:
    if root in _FIXED:
        yield from ((spec.name, spec) for spec in _FIXED[root])
    elif root == RECEIVABLES:
        services = dict.fromkeys(each.service for each in entities if owes(each))
        yield from ((f"{service}.{spec.name}", spec) for service in services for spec in OWED)
    else:
        for entity in entities:
            if entity.kind == "document" and entity.field("deal") is not None:
                yield from _of_documents(entity)


def _of_documents(entity: EntityType) -> Iterator[tuple[str, FieldSpec]]:
    kind = f"{entity.service}.{entity.name}"
    yield f"{kind}.count", _COUNT
    status = entity.field("status")
    for name, label in (status.choices if status else {}).items():
        yield f"{kind}.status.{name}", FieldSpec(name, "integer", label, read_only=True)
    for name in _SUMS:
        yield f"{kind}.{name}", FieldSpec(name, "money", entity.plural, read_only=True)


def _of_currency(choices: Mapping[str, FieldSpec], names: Sequence[str]) -> FieldSpec | None:
    """Sums of documents are by currency: `SERVICE.KIND.total.JPY`."""
    *kind, currency = names
    sums = choices.get(".".join(kind)) if len(kind) == _SUM_PARTS and kind[-1] in _SUMS else None
    return sums if sums is not None and _CURRENCY.fullmatch(currency) else None


def _part_of_money(choices: Mapping[str, FieldSpec], names: Sequence[str]) -> FieldSpec | None:
    money = choices.get(".".join(names[:-1]))
    if money is None or money.type != "money":
        return None
    kinds: Mapping[str, FieldType] = {"amount": "decimal", "currency": "text"}
    kind = kinds.get(names[-1])
    return FieldSpec(money.name, kind, money.label, read_only=True) if kind else None


def owes(entity: EntityType) -> bool:
    """Whether records of this kind have balances."""
    spec = entity.field("receivable")
    return spec is not None and spec.type == "money"


def products_of(items: Sequence[Fields]) -> Fields:
    """The facts about a deal's products. A sum is left out, and cannot be evaluated, where a part is unknown."""
    found: dict[str, Value] = {ITEMS: tuple(items), "count": len(items)}
    quantities = [item.get("quantity") for item in items]
    if all(_is_number(each) for each in quantities):
        found["quantity"] = sum((Decimal(str(each)) for each in quantities), Decimal(0))
    prices = [item.get("rate") for item in items]
    moneys = [price for price in prices if isinstance(price, Money)]
    if moneys and len(moneys) == len(items) and len({each.currency for each in moneys}) == 1 and "quantity" in found:
        amounts = (each.amount * Decimal(str(many)) for each, many in zip(moneys, quantities, strict=True))
        found["total"] = Money(sum(amounts, Decimal(0)), moneys[0].currency)
    return found


def _is_number(value: Value) -> bool:
    return isinstance(value, int | Decimal) and not isinstance(value, bool)


def services_named(paths: Iterable[str], root: str) -> set[str]:
    """The services of facts such as `receivables.SERVICE.balance`."""
    return {path.split(".")[1] for path in paths if path.startswith(f"{root}.") and path.count(".") > 1}
