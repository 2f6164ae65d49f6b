"""Finds the record a cell means, by its name or by the id it had in the exporting CRM."""

from __future__ import annotations

import unicodedata
from collections import defaultdict

_AMBIGUOUS = ""
_SUFFIX_SIGNS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
_LEGAL_FORMS = {"(株)": "株式会社", "(有)": "有限会社", "(合)": "合同会社", "(資)": "合資会社", "(名)": "合名会社"}


class NameIndex:
    """Names and old ids of the loaded records, module by module. Deals are never looked up and never kept."""

    def __init__(self) -> None:
        self._by_name: dict[str, dict[str, str]] = defaultdict(dict)
        self._by_old_id: dict[str, dict[str, str]] = defaultdict(dict)

    def add(self, module: str, name: str, record_id: str, old_id: str = "") -> None:
        names = self._by_name[module]
        key = name_key(name)
        names[key] = record_id if names.get(key, record_id) == record_id else _AMBIGUOUS
        if old_id:
            self._by_old_id[module][_bare(old_id)] = record_id

    def by_old_id(self, module: str, old_id: str) -> str | None:
        return self._by_old_id[module].get(_bare(old_id))

    def has(self, module: str, name: str) -> bool:
        return name_key(name) in self._by_name[module]

    def by_name(self, module: str, name: str) -> str:
        """The id of the one record of this name. Raises NameNotFoundError with the reason."""
        record_id = self._by_name[module].get(name_key(name))
        if record_id is None:
            raise NameNotFoundError(f"no record of this name in {module}")
        if record_id == _AMBIGUOUS:
            raise NameNotFoundError(f"more than one record of this name in {module}")
        return record_id


class NameNotFoundError(LookupError):
    """The name means no record, or more than one."""


def name_key(name: str) -> str:
    """Names compare without regard to case, width (ＡＢＣ = ABC), runs of spaces and the short forms of Japanese
    companies (㈱ = (株) = 株式会社)."""
    folded = " ".join(unicodedata.normalize("NFKC", name).casefold().split())
    for short, full in _LEGAL_FORMS.items():
        folded = folded.replace(short, full)
    return folded


def _bare(old_id: str) -> str:
    """Exports write ids as `zcrm_5540…` in one place and `5540…` in another, or with 15 characters in one place
    and 18 in another."""
    bare = old_id.removeprefix("zcrm_")
    return bare[:15] if len(bare) == 18 and bare[15:] == _case_suffix(bare[:15]) else bare


def _case_suffix(short_id: str) -> str:
    """The three characters that an id of 18 characters adds: which letters of each five are capitals."""
    if not (short_id.isascii() and short_id.isalnum()):
        return ""
    chunks = (short_id[start : start + 5] for start in (0, 5, 10))
    return "".join(_SUFFIX_SIGNS[sum(sign.isupper() << place for place, sign in enumerate(chunk))] for chunk in chunks)
