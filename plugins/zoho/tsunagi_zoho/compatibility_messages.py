"""Messages of the checks of plans and currencies, and the request they may send to the vendor's support.

The finance service is called by its own label, the CRM just that.
"""

from collections.abc import Sequence
from typing import Literal

from tsunagi import FinanceSide, Person, ServicePlan, SupportRequest, Text
from tsunagi_zoho.editions import Edition

_EDITIONS: dict[Edition, Text] = {
    "free": Text(en="Free", ja="無料プラン"),
    "standard": Text(en="Standard", ja="スタンダード"),
    "professional": Text(en="Professional", ja="プロフェッショナル"),
}
Advice = tuple[Text, Text]
Side = Literal["crm", "finance", "both"]


def edition_too_low(edition: Edition) -> Advice:
    name, least = _EDITIONS[edition], _EDITIONS["professional"]
    return (
        Text(
            en=f"The CRM's edition is {name.en}; the connection with finance services needs {least.en} or above.",
            ja=f"CRMのエディションは「{name.ja}」です。会計サービスとの連携には「{least.ja}」以上が必要です。",
        ),
        Text(
            en=f"Upgrade the CRM to {least.en} or above, then connect again.",
            ja=f"CRMを「{least.ja}」以上にアップグレードしてから、もう一度接続してください。",
        ),
    )


def edition_unknown() -> Advice:
    least = _EDITIONS["professional"]
    return (
        Text(
            en=f"The CRM does not report its edition; {least.en} or above is needed.",
            ja=f"CRMのエディションを確認できません。「{least.ja}」以上が必要です。",
        ),
        Text(
            en="Look it up in the CRM's subscription settings.",
            ja="CRMの契約情報でエディションを確認してください。",
        ),
    )


def base_differs(crm: ServicePlan, finance: FinanceSide) -> Text:
    code, theirs = crm.base_currency, finance.plan.base_currency
    return Text(
        en=f"The base currencies differ: {code} in the CRM, {theirs} in {_named(finance).en}. Nothing was changed.",
        ja=f"基準通貨が一致しません。CRMは {code}、{_named(finance).ja}は {theirs} です。何も変更していません。",
    )


def change_base(crm: ServicePlan, finance: FinanceSide) -> Text:
    code, label = crm.base_currency, finance.label
    alternative = _or_the_crm(crm, finance)
    return Text(
        en=f"Change the base currency of {label.en} to {code} in its organisation settings while it has no "
        f"transactions, then connect again. {alternative.en}",
        ja=f"取引がないうちに{label.ja}の組織設定で基準通貨を {code} に変更し、もう一度接続してください。"
        f"{alternative.ja}",
    )


def ask_support(crm: ServicePlan, finance: FinanceSide) -> Text:
    code, label = crm.base_currency, finance.label
    alternative = _or_the_crm(crm, finance)
    return Text(
        en=f"{label.en} has transactions, so only its vendor's support can change its base currency to {code}: "
        f"send them the prepared request, and connect again when it is done. {alternative.en}",
        ja=f"{label.ja}にはすでに取引があるため、基準通貨を {code} に変更できるのは提供元のサポートだけです。"
        f"用意された依頼文を送り、変更後にもう一度接続してください。{alternative.ja}",
    )


def _or_the_crm(crm: ServicePlan, finance: FinanceSide) -> Text:
    theirs = finance.plan.base_currency
    if crm.multi_currency:
        return Text(
            en="The CRM's base currency cannot be changed any more, because its multi-currency is on.",
            ja="CRMは複数通貨が有効なため、CRM側の基準通貨はもう変更できません。",
        )
    return Text(
        en=f"If {theirs} is the right one, change the CRM's base currency instead, in its company settings.",
        ja=f"{theirs} が正しい場合は、代わりにCRMの組織設定で基準通貨を変更してください。",
    )


def unknown_currency(code: str) -> Advice:
    return (
        Text(
            en=f"'{code}' is no currency code of ISO 4217 that the hub knows, so it is not known how its amounts are "
            "rounded.",
            ja=f"「{code}」はISO 4217の通貨コードとして確認できないため、金額の端数処理が分かりません。",
        ),
        Text(
            en="Correct the code, or use another currency. A valid code is three letters, such as JPY.",
            ja="通貨コードを修正するか、別の通貨を使用してください。コードは JPY のような英大文字3文字です。",
        ),
    )


def side_of(code: str, crm: ServicePlan, finance: FinanceSide) -> Side:
    in_crm = code in {crm.base_currency, *crm.currencies}
    in_finance = code in {finance.plan.base_currency, *finance.plan.currencies}
    if in_crm and in_finance:
        return "both"
    return "crm" if in_crm else "finance"


def enable_multi_currency(finance: FinanceSide) -> Text:
    codes, base = ", ".join(sorted(finance.foreign_currencies)), finance.plan.base_currency
    return Text(
        en=f"{finance.label.en} also uses {codes}, and the CRM's multi-currency is off. It is turned on for this "
        f"connection with {base} as base currency; further currencies can then be added. When the connection is "
        "switched off again, so is multi-currency, where the CRM lets the hub do it.",
        ja=f"{finance.label.ja}では {codes} も使われていますが、CRMの複数通貨は無効です。この連携のために {base} を"
        "基準通貨として有効にします。その後、通貨を追加できます。連携を解除すると、CRMが許す場合は複数通貨も無効に戻します。",
    )


def multi_currency_off(finance: FinanceSide) -> Advice:
    codes = ", ".join(sorted(finance.foreign_currencies))
    return (
        Text(
            en=f"{finance.label.en} also uses {codes}, but the CRM's multi-currency is off: its deals can only be in "
            f"{finance.plan.base_currency}.",
            ja=f"{finance.label.ja}では {codes} も使われていますが、CRMの複数通貨は無効です。"
            f"CRMの商談には {finance.plan.base_currency} しか使えません。",
        ),
        Text(
            en=f"If deals in those currencies are wanted, turn on multi-currency in the CRM's settings with "
            f"{finance.plan.base_currency} as base currency; this cannot be undone there.",
            ja=f"これらの通貨の商談が必要な場合は、CRMの設定で {finance.plan.base_currency} を基準通貨として"
            "複数通貨を有効にしてください。この操作は元に戻せません。",
        ),
    )


def single_currency_finance(finance: FinanceSide, codes: Sequence[str]) -> Advice:
    listed, label, base = ", ".join(codes), finance.label, finance.plan.base_currency
    return (
        Text(
            en=f"The CRM also uses {listed}, but the plan of {label.en} allows only {base}: documents for those deals "
            "cannot be made.",
            ja=f"CRMでは {listed} も使われていますが、{label.ja}のプランで使えるのは {base} だけです。"
            "その商談の取引書類は作成できません。",
        ),
        Text(
            en=f"Move {label.en} to a plan with several currencies, or keep such deals out of the rules.",
            ja=f"{label.ja}を複数通貨に対応したプランに変更するか、その商談をルールの対象から外してください。",
        ),
    )


def no_minor_unit(code: str) -> Text:
    return Text(
        en=f"{code} has no minor unit: converted amounts are rounded to whole {code}.",
        ja=f"{code} には補助単位がありません。換算した金額は 1 {code} 単位に四捨五入します。",
    )


def many_decimals(code: str, digits: int) -> Advice:
    return (
        Text(
            en=f"Amounts in {code} have {digits} decimals; converted amounts are rounded to these.",
            ja=f"{code} の金額は小数第 {digits} 位まであります。換算した金額もその桁に四捨五入します。",
        ),
        Text(
            en=f"Set {code} to {digits} decimals in the CRM's currency settings, so that nothing is cut off there.",
            ja=f"CRMの通貨設定で {code} の小数桁数を {digits} にし、端数が切れないようにしてください。",
        ),
    )


def fits(finance: FinanceSide) -> Text:
    return Text(
        en=f"Plans and currencies of the CRM and {_named(finance).en} fit together.",
        ja=f"CRMと{_named(finance).ja}のプランと通貨に問題はありません。",
    )


def still_needed(labels: Sequence[Text]) -> Text:
    return Text(
        en=f"The CRM's multi-currency stays on: {', '.join(label.en for label in labels)} still needs it.",
        ja=f"{'、'.join(label.ja for label in labels)}で必要なため、CRMの複数通貨は有効のままにします。",
    )


def theirs_now() -> Text:
    return Text(
        en="The CRM's multi-currency stays on: it belongs to the CRM's present edition.",
        ja="複数通貨は現在のCRMのエディションに含まれているため、有効のままにします。",
    )


def disables() -> Text:
    return Text(
        en="The CRM's multi-currency was turned on for this connection and is turned off again.",
        ja="この連携のために有効にしたCRMの複数通貨を、無効に戻します。",
    )


def disable_by_hand(base: str) -> Advice:
    return (
        Text(
            en="The CRM's multi-currency was turned on for this connection; the CRM does not let the hub turn it off.",
            ja="CRMの複数通貨はこの連携のために有効にしましたが、ハブからは無効に戻せません。",
        ),
        Text(
            en=f"To be rid of it, deactivate every currency but {base} in the CRM's currency settings, and ask the "
            "CRM vendor's support to turn multi-currency off.",
            ja=f"不要な場合は、CRMの通貨設定で {base} 以外の通貨を無効にし、"
            "複数通貨の無効化をCRMの提供元のサポートに依頼してください。",
        ),
    )


def _named(finance: FinanceSide) -> Text:
    return Text(
        en=f"{finance.label.en} ({finance.organization})",
        ja=f"{finance.label.ja}({finance.organization})",
    )


def base_currency_change(actor: Person, finance: FinanceSide, to_currency: str) -> SupportRequest:
    """Names the person, the organisation, from which currency to which, and why."""
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
