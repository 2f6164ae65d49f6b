"""Why a sync does or leaves something, in words for people."""

from collections.abc import Iterable, Sequence

from tsunagi.domain.conflicts import Conflict, ConflictPolicy
from tsunagi.domain.mapping import Side
from tsunagi.domain.records import Value
from tsunagi.text import Text

_SIDES: dict[Side, Text] = {
    "left": Text(en="the CRM", ja="CRM側"),
    "right": Text(en="the finance side", ja="会計側"),
}


def conflict_skipped(conflict: Conflict) -> Text:
    return Text(
        en=f"{_both_changed(conflict).en}; the policy is to leave both as they are.",
        ja=f"{_both_changed(conflict).ja}。方針により、どちらも変更しません。",
    )


def conflict_asked(conflict: Conflict) -> Text:
    return Text(
        en=f"{_both_changed(conflict).en}; somebody has to decide which value stands.",
        ja=f"{_both_changed(conflict).ja}。どの値にするか決めてください。",
    )


def conflict_not_cloned(conflict: Conflict) -> Text:
    return Text(
        en=f"{_both_changed(conflict).en}; one linked record cannot be cloned, so somebody has to decide.",
        ja=f"{_both_changed(conflict).ja}。リンク済みのレコードは複製できないため、どの値にするか決めてください。",
    )


def conflict_without_newest(conflict: Conflict) -> Text:
    return Text(
        en=f"{_both_changed(conflict).en}; it cannot be told which edit is newer, so somebody has to decide.",
        ja=f"{_both_changed(conflict).ja}。どちらの編集が新しいか分からないため、どの値にするか決めてください。",
    )


def _both_changed(conflict: Conflict) -> Text:
    left, right = said(conflict.left), said(conflict.right)
    return Text(
        en=f"'{conflict.field}' was changed on both sides, to {left.en} in the CRM and {right.en} on the finance side",
        ja=f"「{conflict.field}」が両側で変更されました (CRM側: {left.ja}、会計側: {right.ja})",
    )


def said(value: Value) -> Text:
    """A value in a sentence."""
    if value is None or value == "":
        return Text(en="blank", ja="空欄")
    return Text(en=f"'{value}'", ja=f"「{value}」")


def same_values(fields: Sequence[str]) -> Text:
    names = ", ".join(fields)
    return Text(en=f"The same {names} on both sides.", ja=f"{names} が両側で一致しています。")


def same_name(fields: Sequence[str]) -> Text:
    names = ", ".join(fields)
    return Text(
        en=f"The same {names} on both sides, apart from how it is written (case, width, punctuation, legal form).",
        ja=f"表記の違い (大文字小文字、全角半角、記号、法人格) を除き、{names} が両側で一致しています。",
    )


def said_by_person() -> Text:
    return Text(en="Somebody confirmed that these are one.", ja="同一であると確認されました。")


def resemblance(kinds: frozenset[str]) -> Text:
    if kinds == {"email"}:
        return Text(
            en="The same e-mail address under another name.", ja="名前は異なりますが、メールアドレスが一致しています。"
        )
    if "email" in kinds:
        return Text(
            en="Much the same name, and the same e-mail address.", ja="名前が似ており、メールアドレスが一致しています。"
        )
    return Text(en="Much the same name.", ja="名前が似ています。")


def new_record(source: Side) -> Text:
    where = _SIDES[source]
    return Text(
        en=f"New in {where.en}." if source == "left" else f"New on {where.en}.", ja=f"{where.ja}の新しいレコードです。"
    )


def cloned(name: str | None) -> Text:
    if name is None:
        return Text(
            en="The other side has this record already; the policy is to make a second one.",
            ja="相手側に同じレコードがありますが、方針により2件目を作成します。",
        )
    return Text(
        en=f"The other side has this record already; the policy is to make a second one, named '{name}'.",
        ja=f"相手側に同じレコードがありますが、方針により「{name}」という名前で2件目を作成します。",
    )


def recreated(gone: Side, fields: Iterable[str]) -> Text:
    names = ", ".join(fields)
    return Text(
        en=f"Deleted {_in(gone)}, edited on the other side ({names}): the edit survives, the record is made anew.",
        ja=f"{_SIDES[gone].ja}で削除されましたが、相手側で編集されています ({names})。編集を残し、作り直します。",
    )


def restored() -> Text:
    return Text(
        en="The deleted record is back; the two are kept in step again.",
        ja="削除されたレコードが元に戻りました。再び同期します。",
    )


def deleted_too(gone: Side) -> Text:
    return Text(
        en=f"Deleted {_in(gone)} and untouched on the other side: deleted there too, as set.",
        ja=f"{_SIDES[gone].ja}で削除され、相手側では変更がないため、設定に従い相手側でも削除します。",
    )


def kept_alone(gone: Side) -> Text:
    return Text(
        en=f"Deleted {_in(gone)}; the other side's record is kept and no longer kept in step.",
        ja=f"{_SIDES[gone].ja}で削除されました。相手側のレコードは残し、同期の対象から外します。",
    )


def kept_edited(gone: Side, fields: Iterable[str]) -> Text:
    names = ", ".join(fields)
    return Text(
        en=f"Deleted {_in(gone)}, where nothing may be written; edited on the other side ({names}), where it is kept.",
        ja=f"{_SIDES[gone].ja}で削除されましたが、相手側で編集されています ({names})。"
        f"{_SIDES[gone].ja}へは書き込めないため、相手側だけを残します。",
    )


def both_gone() -> Text:
    return Text(en="Deleted on both sides.", ja="両側で削除されました。")


def adopted(why: Text) -> Text:
    return Text(en=f"Linked: {why.en}", ja=f"リンクします: {why.ja}")


def agreed(fields: Iterable[str]) -> Text:
    names = ", ".join(fields)
    return Text(en=f"Nothing to write: {names} settled.", ja=f"書き込みは不要です: {names} は確定しました。")


def updated(source: Side, changed: Sequence[str], resolved: Sequence[tuple[str, str]]) -> Text:
    """`resolved`: field and who decided its conflict."""
    en, ja = [], []
    if changed:
        names = ", ".join(changed)
        en.append(f"changed {_in(source)}: {names}")
        ja.append(f"{_SIDES[source].ja}で変更: {names}")
    for field, by in resolved:
        en.append(f"changed on both sides: {field}, decided by {by}")
        ja.append(f"両側で変更: {field} ({by} により決定)")
    sentence = "; ".join(en)
    return Text(en=f"{sentence[0].upper()}{sentence[1:]}.", ja=f"{'、'.join(ja)}。")


def one_way(field: str, stays: Side, value: Value) -> Text:
    return Text(
        en=f"'{field}' is {said(value).en} {_in(stays)} and stays so: changes of it do not travel from there.",
        ja=f"{_SIDES[stays].ja}の「{field}」は{said(value).ja}のままです。この項目の変更は反対側へは反映されません。",
    )


def incomplete(fields: Iterable[str], into: Side) -> Text:
    names = ", ".join(f"'{field}'" for field in fields)
    names_ja = "".join(f"「{field}」" for field in fields)
    return Text(
        en=f"{names} must be filled before the record can be written {_in(into)}.",
        ja=f"{_SIDES[into].ja}へ書き込むには {names_ja} の入力が必要です。",
    )


def waits(field: str, value: Value) -> Text:
    return Text(
        en=f"'{field}' waits for {value}, which is not linked to a record of the other side yet.",
        ja=f"「{field}」の {value} がまだ相手側のレコードとリンクされていないため、待機しています。",
    )


def no_reference(field: str, value: Value) -> Text:
    return Text(
        en=f"'{field}' should name a record (service:entity:id), but holds {said(value).en}.",
        ja=f"「{field}」はレコード (service:entity:id) を指す必要がありますが、値は{said(value).ja}です。",
    )


def unread(side: Side) -> Text:
    return Text(
        en=f"The record {_in(side)} has not been read, so the two cannot be compared.",
        ja=f"{_SIDES[side].ja}のレコードを読み取れていないため、比較できません。",
    )


def unread_field(field: str, side: Side) -> Text:
    return Text(
        en=f"'{field}' has not been read {_in(side)}, so it is not written over.",
        ja=f"{_SIDES[side].ja}の「{field}」を読み取れていないため、上書きしません。",
    )


def match_skipped(why: Text) -> Text:
    return Text(
        en=f"On both sides already; the policy is to leave both as they are, unlinked. {why.en}",
        ja=f"両側に既にあります。方針により、リンクせず、どちらも変更しません。{why.ja}",
    )


def match_asked(why: Text) -> Text:
    return Text(
        en=f"On both sides already; somebody has to say what becomes of them. {why.en}",
        ja=f"両側に既にあります。どうするか決めてください。{why.ja}",
    )


def match_likely(why: Text) -> Text:
    return Text(
        en=f"These may be one; somebody has to say. {why.en}",
        ja=f"同一の可能性があります。確認してください。{why.ja}",
    )


def match_ambiguous(count: int, why: Text) -> Text:
    return Text(
        en=f"This may be one with any of {count} records; somebody has to say which. {why.en}",
        ja=f"同一の可能性があるレコードが {count} 件あります。どれかを選んでください。{why.ja}",
    )


def side_empty(pair: str, side: Side, before: int) -> Text:
    return Text(
        en=f"'{pair}': {_SIDES[side].en} shows none of the {before} linked records any more. Nothing was changed.",
        ja=f"「{pair}」: {_SIDES[side].ja}に、リンク済みの {before} 件が1件も見つかりません。何も変更していません。",
    )


def too_many_gone(pair: str, gone: int, linked: int, limit: int) -> Text:
    return Text(
        en=f"'{pair}': {gone} of {linked} linked records would be deleted or let go, more than the {limit} allowed."
        " Nothing was changed.",
        ja=f"「{pair}」: リンク済み {linked} 件のうち {gone} 件が削除または同期対象外になります (上限 {limit} 件)。"
        "何も変更していません。",
    )


def check_and_allow() -> Text:
    return Text(
        en="Check that the right organisation is connected; if this is meant, allow deletions for one run.",
        ja="接続先の組織が正しいか確認してください。意図したものであれば、1回だけ削除を許可して実行してください。",
    )


def policy(chosen: ConflictPolicy) -> str:
    return f"policy {chosen.value}"


def _in(side: Side) -> str:
    return "in the CRM" if side == "left" else "on the finance side"
