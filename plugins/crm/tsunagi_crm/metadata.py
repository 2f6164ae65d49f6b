"""What the organisation set up: currency, stages, added fields, related lists. Read when needed, once."""

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, cast

from tsunagi import BrokenAnswer, ConfigError, FieldSpec, Organization, Text
from tsunagi_crm.entities import SERVICE, CrmModule
from tsunagi_zoho import Answer, Json, ZohoClient

_OUTCOMES = {"Open": "open", "Closed Won": "won", "Closed Lost": "lost"}
_MODULES = ("Quotes", "Sales_Orders", "Purchase_Orders", "Invoices")
# What the CRM calls the types that can be kept in step; others hold several values, or other records.
_TYPES: Mapping[str, str] = {
    "text": "text",
    "textarea": "text",
    "picklist": "text",
    "autonumber": "text",
    "email": "email",
    "phone": "phone",
    "website": "url",
    "integer": "integer",
    "bigint": "text",
    "double": "decimal",
    "percent": "decimal",
    "currency": "decimal",
    "boolean": "boolean",
    "date": "date",
}


@dataclass(frozen=True, slots=True)
class OrganizationFacts:
    """The organisation, and whether its records carry a currency of their own."""

    organization: Organization
    multi_currency: bool


@dataclass(frozen=True, slots=True)
class DealFacts:
    """The outcome of each stage, what stages are called where that is not their value, and the product field.

    `product_field` looks up a product; None where there is none.
    """

    outcomes: Mapping[str, str]
    stage_labels: Mapping[str, str]
    product_field: str | None


class Metadata:
    """Answers about the organisation. Safe for several threads."""

    def __init__(self, client: ZohoClient) -> None:
        self._client = client
        self._lock = threading.RLock()
        self._organization: OrganizationFacts | None = None
        self._deals: DealFacts | None = None
        self._deal_lists: frozenset[str] | None = None
        self._unknown_stages: set[str] = set()
        self._views: dict[str, Mapping[str, str]] = {}

    def organization(self) -> OrganizationFacts:
        with self._lock:
            if self._organization is None:
                self._organization = self._read_organization()
            return self._organization

    def forget_organization(self) -> None:
        """It was set up again: read it when it is needed."""
        with self._lock:
            self._organization = None

    def deals(self) -> DealFacts:
        with self._lock:
            if self._deals is None:
                self._deals = self._read_deals()
            return self._deals

    def outcome(self, stage: str) -> str | None:
        """`open`, `won` or `lost`; None for a stage the pipeline no longer has."""
        with self._lock:
            # Stages can be added while we run: an unknown one is worth one more look, not one a record.
            if stage not in self.deals().outcomes and stage not in self._unknown_stages:
                self._unknown_stages.add(stage)
                self._deals = None
            return self.deals().outcomes.get(stage)

    def deals_have(self, related_list: str) -> bool:
        with self._lock:
            if self._deal_lists is None:
                self._deal_lists = self._read_related_lists()
            return related_list in self._deal_lists

    def views(self, module: str) -> Mapping[str, str]:
        """The custom views of a module: id by name."""
        with self._lock:
            if module not in self._views:
                answer = self._client.get("/settings/custom_views", params={"module": module})
                found = answer.body.get("custom_views") or ()
                self._views[module] = {str(view["name"]): str(view["id"]) for view in found}
            return self._views[module]

    def view(self, module: str, name: str) -> str:
        """Its id; views may be made while we run, so an unknown one is looked up again. Raises ConfigError."""
        with self._lock:
            if name not in self.views(module):
                del self._views[module]
            known = self.views(module)
        if name in known:
            return known[name]
        near = get_close_matches(name, known, n=1) or list(known)
        named = ", ".join(f"'{each}'" for each in near)
        raise ConfigError(
            Text(
                en=f"The CRM has no custom view '{name}' of {module}. There is: {named}.",
                ja=f"CRM の {module} にカスタムビュー「{name}」はありません。候補: {named}",
            )
        )

    def choice_labels(self) -> dict[str, dict[str, dict[str, str]]]:
        """What the organisation calls the values of pick lists, where that is not what records hold."""
        answer = self._client.get("/settings/fields", params={"module": "Accounts"})
        industry = next((each for each in items_of(answer, "fields") if each.get("api_name") == "Industry"), {})
        return {"account": {"industry": labels_of(industry)}, "deal": {"stage": dict(self.deals().stage_labels)}}

    def _read_organization(self) -> OrganizationFacts:
        answer = self._client.get("/org")
        org = items_of(answer, "org")[0]
        multi_currency = bool(org.get("mc_status"))
        currency = self._base_of_several() if multi_currency else only_currency(answer, org)
        organization = Organization(
            id=str(org.get("zgid") or org["id"]),
            name=str(org.get("company_name") or ""),
            base_currency=currency,
            time_zone=str(org.get("time_zone") or "UTC"),
        )
        return OrganizationFacts(organization, multi_currency)

    def _base_of_several(self) -> str:
        answer = self._client.get("/org/currencies")
        for currency in items_of(answer, "currencies"):
            if currency.get("is_base"):
                return str(currency["iso_code"])
        raise broken(answer, "one currency with is_base", "none")

    def _read_deals(self) -> DealFacts:
        answer = self._client.get("/settings/fields", params={"module": "Deals"})
        fields = items_of(answer, "fields")
        stage = next((item for item in fields if item.get("api_name") == "Stage"), None)
        if stage is None:
            raise broken(answer, "a field 'Stage'", "none")
        product = next((each["api_name"] for each in fields if _looks_up(each, "Products")), None)
        return DealFacts(_outcomes(stage), labels_of(stage), product)

    def _read_related_lists(self) -> frozenset[str]:
        answer = self._client.get("/settings/related_lists", params={"module": "Deals"})
        lists = answer.body.get("related_lists") or ()
        return frozenset(str(item.get("api_name")) for item in lists)


def labels_of(field: Json) -> dict[str, str]:
    """The labels of a field's values that are not the values themselves: a stage may be translated or renamed."""
    choices = field.get("pick_list_values") or ()
    labels = {str(each.get("actual_value")): str(each.get("display_value")) for each in choices}
    return {value: label for value, label in labels.items() if label != value}


def _outcomes(stage: Json) -> dict[str, str]:
    # Stage names are edited and translated freely: only the forecast type defines what closing means.
    outcomes: dict[str, str] = {}
    for choice in stage.get("pick_list_values") or ():
        outcome = _OUTCOMES.get(str(choice.get("forecast_type")))
        if outcome is not None:
            outcomes[str(choice["actual_value"])] = outcome
            outcomes.setdefault(str(choice["display_value"]), outcome)
    return outcomes


def _looks_up(field: Json, module: str) -> bool:
    lookup = field.get("lookup")
    if field.get("data_type") != "lookup" or not isinstance(lookup, dict):
        return False
    target = lookup.get("module")
    return (target.get("api_name") if isinstance(target, dict) else target) == module


def only_currency(answer: Answer, org: Json) -> str:
    """The currency of an organisation that uses no other."""
    # "US Dollar - USD"; iso_code is the currency's in some answers and the country's in others.
    candidates = (str(org.get("currency") or "").rpartition(" ")[2], str(org.get("iso_code") or ""))
    for code in candidates:
        if len(code) == 3 and code.isascii() and code.isupper():
            return code
    raise broken(answer, "the organisation's currency", str(candidates))


def items_of(answer: Answer, key: str) -> list[dict[str, Any]]:
    """The list under `key`. Raises BrokenAnswer where there is none, or nothing in it."""
    items = answer.body.get(key)
    if not isinstance(items, list) or not items:
        raise broken(answer, f"a list '{key}'", ", ".join(sorted(answer.body)) or "nothing")
    return items


def broken(answer: Answer, expected: str, received: str) -> BrokenAnswer:
    return BrokenAnswer(
        Text(
            en=f"{answer.request}: {expected} was expected, got {received}.",
            ja=f"{answer.request}: {expected} が必要ですが、受け取った内容: {received}",
        ),
        service=SERVICE,
    )


def modules_with_documents(client: ZohoClient) -> tuple[str, ...]:
    """Those the organisation has and shows. One call."""
    modules = items_of(client.get("/settings/modules"), "modules")
    shown = {module.get("api_name") for module in modules if _is_shown(module.get("status"), module.get("visible"))}
    return tuple(name for name in _MODULES if name in shown)


def _is_shown(status: object, visible: object) -> bool:
    return visible is not False and status in (None, "", "visible")


def read_added_fields(client: ZohoClient, module: CrmModule) -> Sequence[FieldSpec]:
    """The fields it has beyond those declared here, by their API names, as a mapping is to call them."""
    declared = {field.native for field in module.fields}
    fields = items_of(client.get("/settings/fields", params={"module": module.module}), "fields")
    return [_spec(field) for field in fields if field["api_name"] not in declared and field["data_type"] in _TYPES]


def _spec(field: Json) -> FieldSpec:
    kept_by_crm = bool(field.get("read_only") or field.get("field_read_only") or field["data_type"] == "autonumber")
    kind = cast("Any", _TYPES[str(field["data_type"])])
    label = Text.same(str(field.get("field_label") or field["api_name"]))
    return FieldSpec(str(field["api_name"]), kind, label, read_only=kept_by_crm)
