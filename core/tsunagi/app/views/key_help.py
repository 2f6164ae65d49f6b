"""What the keys, operators and words of rule, permission and settings files mean, for those who type them."""

from collections.abc import Mapping

from tsunagi.text import Text

KEYS: Mapping[str, Text] = {
    "version": Text(en="The version of the file's format: 1.", ja="ファイル形式のバージョンです。1 と書きます。"),
    "automation": Text(
        en="The rule's own name, which stays the same.", ja="ルールの名前です。あとで変えないでください。"
    ),
    "permissions": Text(en="The file's own name.", ja="このファイルの名前です。"),
    "title": Text(en="What people call it, in both languages.", ja="画面に表示する名前です。日英で書きます。"),
    "description": Text(en="What it is for, in a sentence.", ja="目的を一文で説明します。"),
    "en": Text(en="In English.", ja="英語の文です。"),
    "ja": Text(en="In Japanese.", ja="日本語の文です。"),
    "enabled": Text(en="false switches it off; left out, it is on.", ja="false で無効になります。省略すると有効です。"),
    "trigger": Text(
        en="What sets the rule going: an event, or a schedule.",
        ja="ルールを動かすきっかけです。イベントか日程を書きます。",
    ),
    "event": Text(en="What must happen, such as deal.won.", ja="起きるべきことです。例: deal.won"),
    "schedule": Text(en="When it runs, in cron's five words.", ja="実行する日時です。cron の 5 項目で書きます。"),
    "time_zone": Text(en="The zone the schedule is meant in.", ja="日程のタイムゾーンです。"),
    "each": Text(en="The kind of record a schedule goes through.", ja="日程で調べるレコードの種類です。"),
    "service": Text(
        en="Which service, where two know the same name.", ja="同じ名前が複数のサービスにある場合に指定します。"
    ),
    "conditions": Text(
        en="What must hold, all of it; left out, the rule always acts.",
        ja="すべて成り立つ必要がある条件です。省略すると常に実行します。",
    ),
    "field": Text(en="The fact that is compared, such as deal.amount.", ja="比べる項目です。例: deal.amount"),
    "all": Text(en="Holds where every part holds.", ja="すべて成り立つと成立します。"),
    "any": Text(en="Holds where at least one part holds.", ja="一つでも成り立つと成立します。"),
    "not": Text(en="Holds where its part does not.", ja="中の条件が成り立たないと成立します。"),
    "rate": Text(en="How amounts in two currencies are compared.", ja="通貨の異なる金額を比べるときの換算方法です。"),
    "actions": Text(en="What is done, in this order.", ja="実行することです。書いた順に行います。"),
    "permissions.actions": Text(en="What they may do, or all.", ja="できる操作です。all はすべてを表します。"),
    "action": Text(
        en="What is done, named service.record.verb.", ja="実行するアクションです。service.record.verb の形です。"
    ),
    "parameters": Text(en="How the action is done.", ja="アクションの設定です。"),
    "repeat": Text(
        en="Once for each record, or every time it happens.", ja="レコードごとに一度か、毎回かを指定します。"
    ),
    "once_per_record": Text(en="Once for each record, ever.", ja="レコードごとに一度だけ実行します。"),
    "every_time": Text(en="Each time the event happens.", ja="イベントのたびに実行します。"),
    "run_as": Text(
        en="The person in whose name it acts: it may do what they may.", ja="実行者です。その人の権限の範囲で動きます。"
    ),
    "group": Text(
        en="Of rules in one group only the first that holds acts.",
        ja="同じグループでは、最初に成り立ったルールだけが動きます。",
    ),
    "order": Text(en="The place in the group; the lowest comes first.", ja="グループ内の順番です。小さいほど先です。"),
    "cases": Text(
        en="What happened, what is known, and what must follow.", ja="起きたこと、分かっていること、期待する結果です。"
    ),
    "case": Text(en="What the case shows, in a sentence.", ja="この例が示すことを一文で書きます。"),
    "facts": Text(
        en="Records with their fields; a field left out is blank.", ja="レコードと項目です。書かない項目は空です。"
    ),
    "expect": Text(
        en="The expected actions, nothing, or cannot_tell.", ja="期待するアクション、nothing、または cannot_tell です。"
    ),
    "nothing": Text(en="No action is expected.", ja="アクションが実行されないことを期待します。"),
    "cannot_tell": Text(en="The rule cannot be decided.", ja="ルールを判定できないことを期待します。"),
    "equals": Text(en="Is the same as this value.", ja="この値と同じです。"),
    "not_equals": Text(en="Is another value than this.", ja="この値と異なります。"),
    "in": Text(en="Is one of these values.", ja="いずれかの値です。"),
    "not_in": Text(en="Is none of these values.", ja="どの値でもありません。"),
    "greater_than": Text(en="Is more than this.", ja="この値より大きい値です。"),
    "at_least": Text(en="Is this or more.", ja="この値以上です。"),
    "less_than": Text(en="Is less than this.", ja="この値より小さい値です。"),
    "at_most": Text(en="Is this or less.", ja="この値以下です。"),
    "contains": Text(en="Has this text in it.", ja="この文字列を含みます。"),
    "starts_with": Text(en="Begins with this text.", ja="この文字列で始まります。"),
    "is_set": Text(en="true: it is filled in.", ja="true は入力済みを表します。"),
    "is_blank": Text(en="true: it is empty.", ja="true は空を表します。"),
    "changed": Text(
        en="true: it is another value than before the event.", ja="true はイベントの前から変わったことを表します。"
    ),
    "policies": Text(
        en="Who may do what; what none permits is denied.", ja="誰が何をできるかです。許可のない操作はできません。"
    ),
    "policy": Text(en="The policy's own name.", ja="ポリシーの名前です。"),
    "effect": Text(
        en="permit or forbid; what forbids goes first.", ja="permit（許可）か forbid（禁止）です。禁止が優先します。"
    ),
    "permit": Text(en="They may.", ja="許可します。"),
    "forbid": Text(en="They may not, whatever else permits it.", ja="他で許可されていても禁止します。"),
    "who": Text(
        en="The people it is about: everyone, or by profile, role or address.",
        ja="対象者です。everyone、またはプロファイル・ロール・メールで指定します。",
    ),
    "everyone": Text(en="Everybody who signs in.", ja="サインインする全員です。"),
    "profiles": Text(en="Profiles of the CRM, by name.", ja="CRM のプロファイル名です。"),
    "roles": Text(en="Roles of the CRM, by name.", ja="CRM のロール名です。"),
    "users": Text(en="E-mail addresses of users of the CRM.", ja="CRM の利用者のメールアドレスです。"),
    "administrators": Text(en="Administrators of the CRM.", ja="CRM の管理者です。"),
    "on": Text(
        en="What it is about: documents, tabs, receivables, or one kind.",
        ja="対象です。書類、タブ、売掛・買掛、または種類を指定します。",
    ),
    "view": Text(en="See it.", ja="閲覧します。"),
    "create": Text(en="Make a new one.", ja="新しく作成します。"),
    "edit": Text(en="Change it.", ja="編集します。"),
    "email": Text(en="Send it by e-mail.", ja="メールで送信します。"),
    "pair": Text(en="The pair these settings are for.", ja="設定する同期ペアです。"),
    "ends": Text(
        en="The two kinds of record, for a pair of your own.", ja="独自のペアで、両側のレコードの種類を指定します。"
    ),
    "select": Text(en="Which CRM records take part.", ja="同期する CRM のレコードを選びます。"),
    "modules": Text(en="Which modules of the CRM.", ja="CRM のモジュールです。"),
    "contacts_without_account": Text(
        en="What happens to contacts without an account.", ja="取引先のない連絡先の扱いです。"
    ),
    "direction": Text(en="Which side's changes travel to the other.", ja="どちらの変更を反映するかです。"),
    "both": Text(en="Changes of either side travel to the other.", ja="両側の変更を互いに反映します。"),
    "crm_to_finance": Text(en="Only changes in the CRM travel.", ja="CRM の変更だけを反映します。"),
    "finance_to_crm": Text(en="Only changes in the finance service travel.", ja="会計サービスの変更だけを反映します。"),
    "conflicts": Text(
        en="Whose value stands where both sides were changed.", ja="両側が変更されたとき、どちらを採るかです。"
    ),
    "duplicates": Text(
        en="What happens where the record is there already.", ja="同じレコードが既にあるときの扱いです。"
    ),
    "deletions": Text(en="What a deletion on one side does to the other.", ja="片側の削除を相手側でどう扱うかです。"),
    "merges": Text(en="What becomes of a record that was merged into another.", ja="統合されたレコードの扱いです。"),
    "edits_survive": Text(
        en="true keeps a record that was edited after its counterpart was deleted.",
        ja="true では、相手の削除後に編集されたレコードを残します。",
    ),
    "clock_skew_seconds": Text(
        en="How far the clocks of both sides may differ.", ja="両側の時計の許容誤差（秒）です。"
    ),
    "guard": Text(en="How many deletions one sync may make before it stops.", ja="一回の同期で許す削除数の上限です。"),
    "always": Text(en="So many are always allowed.", ja="この件数までは常に許します。"),
    "percent": Text(en="So many in a hundred linked records.", ja="連携済みレコードに対する割合（%）です。"),
    "most": Text(en="Never more than this.", ja="これを超えることはありません。"),
    "matching": Text(
        en="How records that were on both sides before are recognised.", ja="以前から両側にあるレコードの見分け方です。"
    ),
    "keys": Text(en="Ways to recognise a record; their scores add up.", ja="見分ける項目です。点数を合計します。"),
    "compare": Text(en="How the values are compared.", ja="値の比べ方です。"),
    "score": Text(en="What it counts, in percent.", ja="点数（%）です。"),
    "within": Text(en="Only records that agree in these are compared.", ja="この項目が一致するものだけを比べます。"),
    "link_at": Text(en="From this score on they are linked by themselves.", ja="この点数以上で自動的に紐づけます。"),
    "review_at": Text(en="From this score on a person is asked.", ja="この点数以上で人に確認します。"),
    "after": Text(en="Pairs that are synced before this one.", ja="先に同期するペアです。"),
    "fields": Text(en="The mapping, a field at a time.", ja="項目の対応です。"),
    "crm": Text(en="The field or kind of record in the CRM.", ja="CRM 側の項目や種類です。"),
    "finance": Text(en="The field or kind of record in the finance service.", ja="会計サービス側の項目や種類です。"),
    "sync": Text(en="false leaves the field out.", ja="false で対象から外します。"),
    "owner": Text(en="The side whose value stands in a conflict.", ja="競合時に優先する側です。"),
    "values": Text(en="CRM value to finance value.", ja="CRM の値と会計サービスの値の対応です。"),
    "transform": Text(en="What is done to both sides' values.", ja="両側の値に行う変換です。"),
    "join": Text(en="How several fields become one.", ja="複数の項目を一つにまとめる方法です。"),
    "reference": Text(en="The pair whose links translate this reference.", ja="この参照を変換するペアです。"),
    "required": Text(en="A record without it is left for a person.", ja="空のレコードは人の確認待ちになります。"),
}

TYPES: Mapping[str, Text] = {
    "text": Text(en="text", ja="文字列"),
    "choice": Text(en="one of a list", ja="選択肢"),
    "email": Text(en="e-mail address", ja="メールアドレス"),
    "phone": Text(en="telephone number", ja="電話番号"),
    "url": Text(en="web address", ja="URL"),
    "integer": Text(en="whole number", ja="整数"),
    "decimal": Text(en="number", ja="数値"),
    "money": Text(en="money", ja="金額"),
    "date": Text(en="date", ja="日付"),
    "time": Text(en="time", ja="日時"),
    "boolean": Text(en="true or false", ja="true / false"),
    "reference": Text(en="another record", ja="別のレコード"),
}
