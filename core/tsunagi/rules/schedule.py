"""When a rule is due by itself: five cron words, in a time zone."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from croniter import croniter
from croniter.croniter import CroniterBadDateError

from tsunagi.text import Text
from tsunagi.wording import shown

OCCASION = "scheduled"
_FIELDS = 5
_WORDS = re.compile(r"[0-9A-Za-z*/,#-]+")
# The library knows these for "some time or other", which differs from process to process.
_RANDOM = re.compile(r"(?<![A-Za-z])[HhRr](?![A-Za-z])")
_ANY_DAY = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Schedule:
    """`words` are minute, hour, day of the month, month and day of the week; `time_zone` is empty for that of the
    organisation."""

    words: str
    time_zone: str = ""

    def after(self, moment: datetime, organization_zone: tzinfo) -> Iterator[datetime]:
        """The times it is due after this one, in UTC, without end."""
        zone = ZoneInfo(self.time_zone) if self.time_zone else organization_zone
        times = croniter(self.words, moment.astimezone(zone))
        while True:
            yield times.get_next(datetime).astimezone(UTC)

    def next(self, moment: datetime, organization_zone: tzinfo) -> datetime:
        return next(self.after(moment, organization_zone))


def event_of(each: str, rule: str) -> str:
    """The name of what happens to a record when a rule is due."""
    return f"{each}.{OCCASION}.{rule}"


def is_scheduled(event: str) -> bool:
    return event.partition(".")[2].partition(".")[0] == OCCASION


def words_problem(words: str) -> Text | None:
    """What is wrong with cron words."""
    fields = words.split()
    if len(fields) == _FIELDS and all(map(_WORDS.fullmatch, fields)) and not any(map(_RANDOM.search, fields)):
        try:
            next(Schedule(words, "UTC").after(_ANY_DAY, UTC))
        except CroniterBadDateError:
            return Text(
                en=f"{shown(words)} never comes: no day is like that.",
                ja=f"{shown(words)} に当てはまる日時はありません。",
            )
        except (ValueError, KeyError):
            pass
        else:
            return None
    return Text(
        en=f"{shown(words)} is no schedule: give minute, hour, day of the month, month and day of the week, "
        "such as '0 9 * * 1' for Mondays at nine.",
        ja=f"{shown(words)} はスケジュールとして使えません。分・時・日・月・曜日を"
        "「0 9 * * 1」（毎週月曜 9 時）のように書いてください。",
    )


def zone_problem(name: str) -> Text | None:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return Text(
            en=f"There is no time zone {shown(name)}; write one such as Asia/Tokyo.",
            ja=f"タイムゾーン {shown(name)} はありません。Asia/Tokyo のように書いてください。",
        )
    return None
