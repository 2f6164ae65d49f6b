"""The request to a vendor's support to change a base currency, ready to be sent."""

from dataclasses import dataclass

from tsunagi.currencies.sides import FinanceSide
from tsunagi.domain.directory import Person
from tsunagi.text import Text


@dataclass(frozen=True, slots=True)
class SupportRequest:
    """A message to a vendor's support, in every language the hub speaks."""

    subject: Text
    body: Text


def base_currency_change(actor: Person, finance: FinanceSide, to_currency: str) -> SupportRequest:
    """Says who asks, for which organisation, from which currency to which, and why."""
    number, code = finance.organization_id, finance.plan.base_currency
    return SupportRequest(
        subject=Text(
            en=f"{finance.label.en}: change the base currency of organization {number} from {code} to {to_currency}",
            ja=f"{finance.label.ja}: 組織 {number} の基準通貨の変更のお願い({code} から {to_currency} へ)",
        ),
        body=Text(en=_english(actor, finance, to_currency), ja=_japanese(actor, finance, to_currency)),
    )


def _english(actor: Person, finance: FinanceSide, to_currency: str) -> str:
    return f"""Hello,

Please change the base currency of our {finance.label.en} organization.

Organization: {finance.organization} (ID {finance.organization_id})
Current base currency: {finance.plan.base_currency}
Wanted base currency: {to_currency}
Requested by: {actor.name} <{actor.email}>

We are connecting it with our CRM, whose base currency is {to_currency}; both have to be the same. \
The organization already has transactions, so we cannot change it ourselves.
Please tell us before you start what will become of the existing transactions and their exchange rates.

{actor.name}
"""


def _japanese(actor: Person, finance: FinanceSide, to_currency: str) -> str:
    return f"""サポートご担当者様

弊社の{finance.label.ja}の組織について、基準通貨の変更をお願いいたします。

組織: {finance.organization}(ID {finance.organization_id})
現在の基準通貨: {finance.plan.base_currency}
変更後の基準通貨: {to_currency}
依頼者: {actor.name} <{actor.email}>

基準通貨が {to_currency} である弊社のCRMと連携するため、両者の基準通貨を揃える必要があります。\
この組織にはすでに取引があり、弊社では変更できません。
既存の取引と為替レートがどのように扱われるか、作業の前にお知らせください。

{actor.name}
"""
