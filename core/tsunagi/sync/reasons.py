"""Why a sync does or leaves something, in words for people."""

from collections.abc import Iterable, Sequence
from typing import Literal

from tsunagi.domain.conflicts import Conflict, ConflictPolicy
from tsunagi.domain.mapping import MatchKind, Side
from tsunagi.domain.records import RecordRef, Value
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
        en=f"{_both_changed(conflict).en}; a person has to decide which value wins.",
        ja=f"{_both_changed(conflict).ja}。どの値にするか決めてください。",
    )


def conflict_without_newest(conflict: Conflict) -> Text:
    return Text(
        en=f"{_both_changed(conflict).en}; which edit is newer is not known, so a person has to decide.",
        ja=f"{_both_changed(conflict).ja}。どちらの編集が新しいか分からないため、どの値にするか決めてください。",
    )


def _both_changed(conflict: Conflict) -> Text:
    left, right = quoted(conflict.left), quoted(conflict.right)
    return Text(
        en=f"'{conflict.field}' was changed on both sides, to {left.en} in the CRM and {right.en} on the finance side",
        ja=f"「{conflict.field}」が両側で変更されました (CRM側: {left.ja}、会計側: {right.ja})",
    )


def quoted(value: Value) -> Text:
    """A value in a sentence."""
    if value is None or value == "":
        return Text(en="blank", ja="空欄")
    return Text(en=f"'{value}'", ja=f"「{value}」")


WERE_LINKED = Text(en="They were linked before.", ja="以前リンクされていました。")


def partner_taken(partner: RecordRef) -> Text:
    return Text(
        en=f"Restored, but {partner}, which it was linked with, has another counterpart now; somebody has to decide.",
        ja=f"元に戻りましたが、リンクしていた {partner} には既に別の相手があります。どうするか決めてください。",
    )


CONFIRMED_BY_PERSON = Text(en="Somebody confirmed that these are one.", ja="同一であると確認されました。")


Strength = Literal["exact", "same", "alike", "other_form"]
Evidence = tuple[MatchKind, Strength, Sequence[str]]
"""What speaks for two records being one: how it was compared, how well it agrees, and the fields."""

_SHARED: dict[MatchKind, Text] = {
    "email": Text(en="the same e-mail address", ja="メールアドレスが一致"),
    "phone": Text(en="the same phone number", ja="電話番号が一致"),
    "number": Text(en="the same registration number", ja="登録番号が一致"),
}


def evidence(found: Sequence[Evidence]) -> Text:
    """Why two records are, or may be, one."""
    names = [_name_evidence(strength, fields) for kind, strength, fields in found if kind in ("name", "exact")]
    others = [_SHARED[kind] for kind, _, _ in found if kind in _SHARED]
    if not names and found[0][0] == "email" and len(others) == 1:
        return Text(
            en="The same e-mail address under another name.",
            ja="名前は異なりますが、メールアドレスが一致しています。",
        )
    parts = [*names, *others]
    sentence = ", and ".join(part.en for part in parts)
    return Text(en=f"{sentence[0].upper()}{sentence[1:]}.", ja=f"{'、'.join(part.ja for part in parts)}しています。")


def _name_evidence(strength: Strength, fields: Sequence[str]) -> Text:
    names = ", ".join(fields)
    match strength:
        case "exact":
            return Text(en=f"the same {names} on both sides", ja=f"{names} が両側で一致")
        case "same":
            return Text(
                en=f"the same {names} on both sides, apart from how it is written"
                " (case, width, punctuation, legal form)",
                ja=f"表記の違い (大文字小文字、全角半角、記号、法人格) を除き、{names} が両側で一致",
            )
        case "alike":
            return Text(en="much the same name", ja="名前が類似")
        case "other_form":
            return Text(en="another legal form of the same name", ja="法人格は異なるが名前が一致")


def resemblance(found: Sequence[Sequence[Evidence]]) -> Text:
    """Why several records may be one: what any two of them share."""
    kinds = {kind for some in found for kind, _, _ in some}
    parts = [Text(en="much the same name", ja="名前が類似")] if not found or kinds & {"name", "exact"} else []
    parts += [_SHARED[kind] for kind in sorted(kinds & _SHARED.keys())]
    sentence = ", and ".join(part.en for part in parts)
    return Text(en=f"{sentence[0].upper()}{sentence[1:]}.", ja=f"{'、'.join(part.ja for part in parts)}しています。")


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


def recreated(deleted: Side, fields: Iterable[str]) -> Text:
    names = ", ".join(fields)
    return Text(
        en=f"Deleted {_in(deleted)}, edited on the other side ({names}): the edit survives, the record is made anew.",
        ja=f"{_SIDES[deleted].ja}で削除されましたが、相手側で編集されています ({names})。編集を残し、作り直します。",
    )


RESTORED = Text(
    en="The deleted record is back; the two are kept in step again.",
    ja="削除されたレコードが元に戻りました。再び同期します。",
)


def reactivated(restored_on: Side) -> Text:
    return Text(
        en=f"Back {_in(restored_on)}, so the other side's record is put into use again.",
        ja=f"{_SIDES[restored_on].ja}で元に戻ったため、相手側のレコードも有効に戻します。",
    )


def merged(away: RecordRef, into: RecordRef) -> Text:
    return Text(
        en=f"{away} was merged into {into} in the CRM: the link moves to the record that survived.",
        ja=f"CRM側で {away} が {into} に統合されたため、リンクを統合先へ移します。",
    )


def deleted_on(side: Side) -> Text:
    return Text(en=f"Deleted {_in(side)}", ja=f"{_SIDES[side].ja}で削除されました")


MERGED_ON_LEFT = Text(
    en="Merged in the CRM into a record that has its own counterpart",
    ja="CRM側で、既に相手のあるレコードへ統合されました",
)


def deleted_too(cause: Text) -> Text:
    return Text(
        en=f"{cause.en}, and untouched on the other side: deleted there too, as set.",
        ja=f"{cause.ja}。相手側では変更がないため、設定に従い相手側でも削除します。",
    )


def deactivated_too(cause: Text) -> Text:
    return Text(
        en=f"{cause.en}, and untouched on the other side: deactivated there, as set.",
        ja=f"{cause.ja}。相手側では変更がないため、設定に従い相手側を無効にします。",
    )


def cannot_deactivate(cause: Text) -> Text:
    return Text(
        en=f"{cause.en}. Such a record cannot be deactivated on the other side; somebody has to decide.",
        ja=f"{cause.ja}。相手側ではこの種類のレコードを無効にできません。どうするか決めてください。",
    )


def deletion_asked(cause: Text) -> Text:
    return Text(
        en=f"{cause.en}; a person has to decide what happens to the other side's record.",
        ja=f"{cause.ja}。相手側のレコードをどうするか決めてください。",
    )


def kept_alone(cause: Text) -> Text:
    return Text(
        en=f"{cause.en}; the other side's record is kept and no longer kept in step.",
        ja=f"{cause.ja}。相手側のレコードは残し、同期の対象から外します。",
    )


def kept_edited(deleted: Side, fields: Iterable[str]) -> Text:
    names = ", ".join(fields)
    return Text(
        en=f"Deleted {_in(deleted)}, where nothing may be written; kept where it was edited ({names}).",
        ja=f"{_SIDES[deleted].ja}で削除されましたが、相手側で編集されています ({names})。"
        f"{_SIDES[deleted].ja}へは書き込めないため、相手側だけを残します。",
    )


def kept_merged(fields: Iterable[str]) -> Text:
    names = ", ".join(fields)
    return Text(
        en=f"{MERGED_ON_LEFT.en}; edited on the finance side ({names}), where it is kept on its own.",
        ja=f"{MERGED_ON_LEFT.ja}が、会計側で編集されているため ({names})、会計側のレコードは単独で残します。",
    )


BOTH_DELETED = Text(en="Deleted on both sides.", ja="両側で削除されました。")


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
        en=f"'{field}' is {quoted(value).en} {_in(stays)} and stays so: changes of it do not travel from there.",
        ja=f"{_SIDES[stays].ja}の「{field}」は{quoted(value).ja}のままです。この項目の変更は反対側へは反映されません。",
    )


def undone(field: str) -> Text:
    return Text(
        en=f"'{field}' stays as it is on both sides, since what a sync made of it was undone.",
        ja=f"「{field}」は同期の取り消しにより、両側とも現在の値のままにします。",
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
        en=f"'{field}' should name a record (service:entity:id), but holds {quoted(value).en}.",
        ja=f"「{field}」はレコード (service:entity:id) を指す必要がありますが、値は{quoted(value).ja}です。",
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
        en=f"On both sides already; a person has to decide what happens to them. {why.en}",
        ja=f"両側に既にあります。どうするか決めてください。{why.ja}",
    )


def match_likely(why: Text) -> Text:
    return Text(
        en=f"These may be the same; a person has to decide. {why.en}",
        ja=f"同一の可能性があります。確認してください。{why.ja}",
    )


def match_ambiguous(count: int, why: Text) -> Text:
    return Text(
        en=f"This may be the same as any of {count} records; a person has to decide which. {why.en}",
        ja=f"同一の可能性があるレコードが {count} 件あります。どれかを選んでください。{why.ja}",
    )


def side_empty(pair: str, side: Side, before: int) -> Text:
    return Text(
        en=f"'{pair}': {_SIDES[side].en} shows none of the {before} linked records any more. Nothing was changed.",
        ja=f"「{pair}」: {_SIDES[side].ja}に、リンク済みの {before} 件が1件も見つかりません。何も変更していません。",
    )


def too_many_deleted(pair: str, lost: int, linked: int, limit: int) -> Text:
    return Text(
        en=f"'{pair}': {lost} of {linked} linked records would be deleted, deactivated or let go,"
        f" more than the {limit} allowed. Nothing was changed.",
        ja=f"「{pair}」: リンク済み {linked} 件のうち {lost} 件が削除、無効化、または"
        f"同期対象外になります (上限 {limit} 件)。何も変更していません。",
    )


CHECK_AND_ALLOW = Text(
    en="Check that the right organisation is connected; if this is meant: tsunagi sync --allow-deletions.",
    ja="接続先の組織が正しいか確認してください。意図したものであれば: tsunagi sync --allow-deletions",
)


def policy(chosen: ConflictPolicy) -> str:
    return f"policy {chosen.value}"


def owner(side: Side) -> str:
    return "owner crm" if side == "left" else "owner finance"


def _in(side: Side) -> str:
    return "in the CRM" if side == "left" else "on the finance side"
