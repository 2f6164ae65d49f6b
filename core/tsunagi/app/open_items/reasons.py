"""Why something is on the standing list: one catalogue of codes, each with its words, its remedy and who acts."""

from collections.abc import Mapping
from dataclasses import dataclass

from tsunagi.errors import (
    AccessRefused,
    AuthenticationFailed,
    BrokenAnswer,
    ConnectorError,
    NotConnected,
    OutcomeUnknown,
    RateLimited,
    RecordNotFound,
    ServiceOff,
    ServiceUnavailable,
    StaleRecord,
    TsunagiError,
)
from tsunagi.store.open_items import Resolver
from tsunagi.text import Text

Parameters = Mapping[str, Text | str | int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """`text` and `remedy` name their parameters in braces; both languages name the same ones.

    `passing` trouble is tried again automatically, later each time. Anything else waits until a record it concerns
    changes, until its service is back, or until a person retries it.
    """

    code: str
    text: Text
    remedy: Text | None = None
    resolver: Resolver = "person"
    passing: bool = False

    def texts(self, parameters: Parameters) -> tuple[Text, Text | None]:
        """The words and the remedy with their parameters. Raises KeyError for one that is missing."""
        return _filled(self.text, parameters), self.remedy and _filled(self.remedy, parameters)


def _filled(text: Text, parameters: Parameters) -> Text:
    values = {name: value if isinstance(value, Text) else Text.same(str(value)) for name, value in parameters.items()}
    return Text(
        en=text.en.format_map({name: value.en for name, value in values.items()}),
        ja=text.ja.format_map({name: value.ja for name, value in values.items()}),
    )


SERVICE_AWAY = Reason(
    code="service_away",
    text=Text(en="{service} did not answer: {said}", ja="{service} から応答がありません: {said}"),
    resolver="itself",
    passing=True,
)
RATE_LIMITED = Reason(
    code="rate_limited",
    text=Text(en="{service} takes no more calls for now: {said}", ja="{service} の呼び出し上限に達しました: {said}"),
    resolver="itself",
    passing=True,
)
OUTCOME_UNKNOWN = Reason(
    code="outcome_unknown",
    text=Text(
        en="Whether {service} accepted it is not known yet; it is looked up before it is tried again: {said}",
        ja="{service} での結果を確認できていません。確認してから再試行します: {said}",
    ),
    resolver="itself",
    passing=True,
)
BROKEN_ANSWER = Reason(
    code="broken_answer",
    text=Text(en="{service} sent an invalid answer: {said}", ja="{service} の応答を理解できませんでした: {said}"),
    resolver="itself",
    passing=True,
)
ACCESS_LOST = Reason(
    code="access_lost",
    text=Text(en="{service} does not accept the credentials: {said}", ja="{service} の認証に失敗しました: {said}"),
    remedy=Text(en="Connect {service} again.", ja="{service} を接続し直してください。"),
    passing=True,
)
ACCESS_REFUSED = Reason(
    code="access_refused",
    text=Text(en="{service} does not allow this: {said}", ja="{service} で許可されていません: {said}"),
    remedy=Text(
        en="Have this granted there to the user who connected {service}, or connect it as one who may.",
        ja="{service} の接続ユーザーに権限を付与するか、権限のあるユーザーで接続し直してください。",
    ),
    passing=True,
)
REFUSED = Reason(
    code="refused",
    text=Text(en="{service} refused it: {said}", ja="{service} に拒否されました: {said}"),
    remedy=Text(
        en="Correct the record named here, in the CRM or in {service}; the next sync tries again.",
        ja="該当するレコードを CRM または {service} で修正してください。次回の同期で再試行します。",
    ),
)
RECORD_GONE = Reason(
    code="record_gone",
    text=Text(en="{service} does not have the record any more: {said}", ja="{service} にレコードがありません: {said}"),
    remedy=Text(
        en="Enter the record in {service} again under the same name: the next sync finds it and does this by itself. "
        "Retrying it makes a deleted customer anew.",
        ja="{service} に同じ名前で登録し直してください。次回の同期で見つかり、自動的に実行されます。"
        "再試行すると、削除された顧客は作り直されます。",
    ),
)
RECORD_MOVED_ON = Reason(
    code="record_moved_on",
    text=Text(
        en="The record was changed in {service} meanwhile; the next sync plans it anew.",
        ja="{service} でレコードが変更されたため、次回の同期で計画し直します。",
    ),
    resolver="itself",
)
SERVICE_OFF = Reason(
    code="service_off",
    text=Text(
        en="{service} is switched off; this is made once it is on again.",
        ja="{service} は無効です。有効にすると実行されます。",
    ),
    resolver="itself",
)
NOT_CONNECTED = Reason(
    code="not_connected",
    text=Text(en="{service} is not connected.", ja="{service} は接続されていません。"),
    remedy=Text(en="Connect {service}.", ja="{service} を接続してください。"),
)
UNUSABLE = Reason(
    code="unusable",
    text=Text(en="It cannot be done as things are: {said}", ja="現在の状態では実行できません: {said}"),
    remedy=Text(
        en="Put right what is named here; the next sync tries again.",
        ja="上記の内容を修正してください。次回の同期で再試行します。",
    ),
)
HUB_FAULT = Reason(
    code="hub_fault",
    text=Text(
        en="Something went wrong in the hub ({said}); it was written to the log.",
        ja="ハブの内部で問題が発生しました({said})。ログに記録しました。",
    ),
    remedy=Text(en="Tell the operator of this hub.", ja="管理者にお知らせください。"),
    passing=True,
)
WRITES_WAIT = Reason(
    code="writes_wait",
    text=Text(
        en="Writes that wait for {service}: {count}. {said}", ja="{service} への書き込み {count} 件が待機中です: {said}"
    ),
    resolver="itself",
    passing=True,
)
RULE_BLOCKED = Reason(
    code="rule_blocked",
    text=Text(
        en="The action of the rule '{rule}' was not possible: {said}",
        ja="ルール「{rule}」の処理を実行できませんでした: {said}",
    ),
    remedy=Text(
        en="Fix what is named here; each sync evaluates the rule again. Retrying it does so at once, and makes a "
        "deleted customer anew.",
        ja="上記の内容を修正してください。同期のたびにルールを再評価します。"
        "再試行すると、すぐに再評価し、削除された顧客は作り直します。",
    ),
)
RULE_WAITS = Reason(
    code="rule_waits",
    text=Text(
        en="The action of the rule '{rule}' waits for the sync that is under way: {said}",
        ja="ルール「{rule}」の処理は、実行中の同期の完了を待っています: {said}",
    ),
    resolver="itself",
)
RULE_FILE_BROKEN = Reason(
    code="rule_file_broken",
    text=Text(
        en="A rule file has a mistake, and what it says is not in force: {said}",
        ja="ルールファイルに誤りがあり、その内容は適用されていません: {said}",
    ),
    remedy=Text(
        en="Put the file right; the next sync takes this off the list.",
        ja="ファイルを修正してください。次回の同期でこの項目は消えます。",
    ),
)
RULE_UNDECIDED = Reason(
    code="rule_undecided",
    text=Text(
        en="The rule '{rule}' cannot be evaluated: {said}",
        ja="ルール「{rule}」の条件を判定できません: {said}",
    ),
    remedy=Text(
        en="Fill in what is named here, or correct the rule; each sync evaluates it again.",
        ja="上記の項目を入力するか、ルールを修正してください。同期のたびにルールを再評価します。",
    ),
)
SCHEDULE_UNSETTLED = Reason(
    code="schedule_unsettled",
    text=Text(
        en="The rule '{rule}' was due; records it could do nothing for: {count}, such as {said}",
        ja="定期ルール「{rule}」を {count} 件のレコードに適用できませんでした。例: {said}",
    ),
    remedy=Text(
        en="Fill in what is named here, or correct the rule; it looks again when it is due next.",
        ja="上記の項目を入力するか、ルールを修正してください。次の実行時に再評価します。",
    ),
)
SCHEDULE_MISSED = Reason(
    code="schedule_missed",
    text=Text(
        en="Times the rule '{rule}' was due since {since} while nothing ran: {count}; it ran once, for the latest.",
        ja="定期ルール「{rule}」は停止中に {since} 以降の {count} 回分を実行できず、直近の 1 回だけ実行しました。",
    ),
    remedy=Text(
        en="Nothing needs to be done where each time looks at all records; keep the hub running.",
        ja="毎回すべてのレコードを確認するルールであれば対応は不要です。ハブを常時稼働させてください。",
    ),
)
MAIL_FAILED = Reason(
    code="mail_failed",
    text=Text(
        en="{document} was not mailed to {recipients}: {said}",
        ja="{document} を {recipients} へ送信できませんでした: {said}",
    ),
    remedy=Text(en="Put it right and mail the document again.", ja="原因を取り除き、書類を再送してください。"),
)
MAIL_UNKNOWN = Reason(
    code="mail_unknown",
    text=Text(
        en="Whether {document} was mailed to {recipients} is not known.",
        ja="{document} が {recipients} へ送信されたか確認できません。",
    ),
    remedy=Text(
        en="Ask a recipient whether it arrived; mark it as sent here if it did, mail the document again if not.",
        ja="受信者に届いたか確認し、届いていれば解決済みにし、届いていなければ再送してください。",
    ),
)
NOTICE_UNREAD = Reason(
    code="notice_unread",
    text=Text(
        en="{service} reported a changed record that cannot be read: {said}",
        ja="{service} から変更の通知がありましたが、レコードを読み取れません: {said}",
    ),
    remedy=Text(
        en="See whether the record can be opened in {service}.", ja="{service} でレコードを開けるか確認してください。"
    ),
    passing=True,
)
SERVICE_UNREAD = Reason(
    code="service_unread",
    text=Text(en="{service} could not be read: {said}", ja="{service} を読み取れませんでした: {said}"),
    remedy=Text(en="Put right what is named here and sync again.", ja="上記の内容を修正し、もう一度同期してください。"),
)
SYNC_REFUSED = Reason(
    code="sync_refused",
    text=Text(en="'{pair}' was not synced: {said}", ja="「{pair}」を同期しませんでした: {said}"),
    remedy=Text(
        en="See whether the right organisations are connected, and sync again.",
        ja="接続先の組織が正しいか確認し、もう一度同期してください。",
    ),
)
SYNC_BROKE = Reason(
    code="sync_broke",
    text=Text(en="The last sync broke off: {said}", ja="前回の同期が途中で終了しました: {said}"),
    remedy=Text(
        en="Sync again; if it stays, tell the operator of this hub.",
        ja="もう一度同期してください。解決しない場合は管理者にお知らせください。",
    ),
)
PARKED_CONFLICT = Reason(
    code="parked_conflict",
    text=Text(
        en="'{pair}': the same field was edited on both sides, so neither was written over. {said}",
        ja="「{pair}」: 同じ項目が両側で編集されたため、どちらも上書きしていません。{said}",
    ),
    remedy=Text(
        en="Choose the value, or enter the same on both sides.",
        ja="どちらの値を採用するか回答するか、両側に同じ値を入力してください。",
    ),
)
PARKED_MATCH = Reason(
    code="parked_match",
    text=Text(
        en="'{pair}': a record was not linked, since it is not certain which one it is. {said}",
        ja="「{pair}」: どのレコードと同一か確定できないため、リンクしていません。{said}",
    ),
    remedy=Text(
        en="Decide whether they are the same, or make the names equal or clearly different.",
        ja="同一かどうか回答するか、両側の名前を揃えるか区別できるようにしてください。",
    ),
)
PARKED_DELETION = Reason(
    code="parked_deletion",
    text=Text(
        en="'{pair}': a record is gone from one side, and its counterpart was left alone. {said}",
        ja="「{pair}」: 片側のレコードがなくなりましたが、相手側は変更していません。{said}",
    ),
    remedy=Text(
        en="Decide what happens to the other one, or restore the deleted record.",
        ja="もう一方をどうするか回答するか、削除したレコードを元に戻してください。",
    ),
)
PARKED_WAITING = Reason(
    code="parked_waiting",
    text=Text(
        en="'{pair}': a record waits for another one that has to be on both sides first. {said}",
        ja="「{pair}」: 先に両側に必要な別のレコードを待っています。{said}",
    ),
    remedy=Text(en="If it stays, see to that other one.", ja="解消しない場合は、そのレコードを確認してください。"),
    resolver="itself",
)
PARKED_BLANK = Reason(
    code="parked_blank",
    text=Text(en="'{pair}': something it needs is blank. {said}", ja="「{pair}」: 必要な項目が空欄です。{said}"),
    remedy=Text(
        en="Fill it in if the record is to be on both sides.", ja="両側に必要なレコードであれば、入力してください。"
    ),
    # A contact without an account, say: it may be meant, and nothing is out of order until somebody fills it in.
    resolver="itself",
)
PARKED_UNREAD = Reason(
    code="parked_unread",
    text=Text(
        en="'{pair}': a record was left alone, since it was not read completely. {said}",
        ja="「{pair}」: 読み取りが完了していないため、変更していません。{said}",
    ),
    remedy=Text(en="If it stays, read all again: tsunagi sync --full", ja="解消しない場合: tsunagi sync --full"),
    resolver="itself",
)
PARKED_INVALID = Reason(
    code="parked_invalid",
    text=Text(en="'{pair}': a value cannot be used. {said}", ja="「{pair}」: 使用できない値があります。{said}"),
    remedy=Text(en="Correct the field that is named here.", ja="上記の項目を修正してください。"),
)
FIELD_GONE = Reason(
    code="field_gone",
    text=Text(
        en="'{pair}': {kind} in {service} has no field '{native}' any more; '{field}' is kept in step no longer, "
        "everything else is.",
        ja="「{pair}」: {service} の{kind}に項目「{native}」がなくなりました。"
        "「{field}」の同期を停止し、ほかは続けています。",
    ),
    remedy=Text(
        en="Add the field again in {service}, or take it out of the file ({place}). What it held is not deleted on the "
        "other side.",
        ja="{service} で項目を再作成するか、設定ファイル ({place}) から外してください。もう一方の値は削除されません。",
    ),
)
FIELD_RETYPED = Reason(
    code="field_retyped",
    text=Text(
        en="'{pair}': the field '{native}' of {kind} in {service} was changed; '{field}' is kept in step no longer, "
        "everything else is: {said}",
        ja="「{pair}」: {service} の{kind}の項目「{native}」が変更されました。"
        "「{field}」の同期を停止し、ほかは続けています: {said}",
    ),
    remedy=Text(
        en="Change the field back in {service}, or map another one in the file ({place}).",
        ja="{service} で項目を元の型に戻すか、設定ファイル ({place}) で別の項目に対応付けてください。",
    ),
)
PLUGIN_FAILED = Reason(
    code="plugin_failed",
    text=Text(
        en="The plugin '{plugin}' failed in {hook} (times: {times}), last about {about}: {said}",
        ja="プラグイン「{plugin}」の {hook} が {times} 回失敗しました(直近の対象: {about}): {said}",
    ),
    remedy=Text(
        en="Correct or update the plugin, or switch it off (setting disabled_plugins); then mark it as resolved.",
        ja="プラグインを修正・更新するか、設定 disabled_plugins で無効にしてから、解決済みにしてください。",
    ),
)

CATALOGUE: Mapping[str, Reason] = {each.code: each for each in tuple(vars().values()) if isinstance(each, Reason)}

_OF_ERRORS: tuple[tuple[type[TsunagiError], Reason], ...] = (
    (RateLimited, RATE_LIMITED),
    (ServiceUnavailable, SERVICE_AWAY),
    (OutcomeUnknown, OUTCOME_UNKNOWN),
    (AuthenticationFailed, ACCESS_LOST),
    (AccessRefused, ACCESS_REFUSED),
    (BrokenAnswer, BROKEN_ANSWER),
    (RecordNotFound, RECORD_GONE),
    (StaleRecord, RECORD_MOVED_ON),
    (ConnectorError, REFUSED),
    (ServiceOff, SERVICE_OFF),
    (NotConnected, NOT_CONNECTED),
)


def reason_of(error: TsunagiError) -> Reason:
    """Why a call or a plan ended with this error."""
    return next((reason for kind, reason in _OF_ERRORS if isinstance(error, kind)), UNUSABLE)
