"""The day an event happened on, where the organisation is, and days before and after it: `today.plus_30_days`."""

import re
from collections.abc import Iterator, Mapping
from datetime import date, timedelta

from tsunagi.domain.entities import FieldSpec
from tsunagi.domain.records import Value
from tsunagi.text import Text

TODAY = "today"
DATE = "date"
_SHIFTED = re.compile(r"(plus|minus)_([0-9]{1,4})_days")


class Days(Mapping[str, Value]):
    """As fields of a record: `date`, and `plus_N_days` and `minus_N_days` for any N of four digits."""

    def __init__(self, day: date) -> None:
        self.day = day

    def __getitem__(self, name: str) -> Value:
        if name == DATE:
            return self.day
        shifted = _SHIFTED.fullmatch(name)
        if shifted is None:
            raise KeyError(name)
        days = int(shifted[2]) if shifted[1] == "plus" else -int(shifted[2])
        return self.day + timedelta(days=days)

    def __iter__(self) -> Iterator[str]:
        yield DATE

    def __len__(self) -> int:
        return 1

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and is_day(name)


def is_day(name: str) -> bool:
    return name == DATE or _SHIFTED.fullmatch(name) is not None


def day_field(path: str) -> FieldSpec | Text:
    """What a path that begins with `today` leads to."""
    name = path.partition(".")[2]
    if is_day(name):
        return FieldSpec(name, "date", Text(en="The day of the event", ja="イベントの日"), read_only=True)
    return Text(
        en=f"'{path}' is no day: write today.date, today.plus_30_days or today.minus_7_days.",
        ja=f"「{path}」は日付ではありません。"
        "today.date、today.plus_30_days、today.minus_7_days のように書いてください。",
    )
