"""What pydantic finds wrong with entered values, in both languages: it speaks English only itself."""

from collections.abc import Mapping
from typing import Any

from tsunagi.text import Text

# By pydantic's type of error; names in braces come from its context.
_JAPANESE = {
    "bool_parsing": "true か false を指定してください",
    "bool_type": "true か false を指定してください",
    "dict_type": "オブジェクトを指定してください",
    "enum": "{expected} のいずれかを指定してください",
    "extra_forbidden": "この項目は使えません",
    "float_parsing": "数値を指定してください",
    "float_type": "数値を指定してください",
    "greater_than": "{gt} より大きい値を指定してください",
    "greater_than_equal": "{ge} 以上の値を指定してください",
    "host_not_allowed": "サービスのホストではありません（設定ファイルの allowed_hosts で許可できます）",
    "int_from_float": "整数を指定してください",
    "int_parsing": "整数を指定してください",
    "int_type": "整数を指定してください",
    "json_invalid": "JSON として読めません",
    "less_than": "{lt} より小さい値を指定してください",
    "less_than_equal": "{le} 以下の値を指定してください",
    "list_type": "リストを指定してください",
    "literal_error": "{expected} のいずれかを指定してください",
    "missing": "必須項目です",
    "model_attributes_type": "オブジェクトを指定してください",
    "one_of_two": "{first} か {second} のどちらか一方を指定してください",
    "string_too_long": "{max_length} 文字以内で指定してください",
    "string_too_short": "{min_length} 文字以上で指定してください",
    "string_type": "文字列を指定してください",
    "too_long": "{max_length} 件以内で指定してください",
    "too_short": "{min_length} 件以上で指定してください",
}


def reason(problem: Mapping[str, Any]) -> Text:
    """Why a value cannot be used, for one entry of `ValidationError.errors()`; never the value itself."""
    # The library adds this to the message of a model's own validators.
    english = str(problem["msg"]).removeprefix("Value error, ")
    japanese = _JAPANESE.get(str(problem["type"]))
    if japanese is None:
        # A model's own check words its reason as its author did.
        return Text(en=english, ja=f"値が正しくありません ({english})")
    limits = {name: str(value).replace(" or ", "、") for name, value in (problem.get("ctx") or {}).items()}
    return Text(en=english, ja=japanese.format_map(limits))


def reasons(problems: list[Any]) -> Text:
    """All of them in one line, each with the field it is about."""
    # A validator of the whole model is about no single field.
    found = [("".join(f"{part}." for part in problem["loc"])[:-1], reason(problem)) for problem in problems]
    told = [(f"{place}: " if place else "", why) for place, why in found]
    return Text(
        en="; ".join(f"{place}{why.en}" for place, why in told),
        ja="、".join(f"{place}{why.ja}" for place, why in told),
    )
