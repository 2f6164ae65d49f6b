"""Names of companies and people, reduced to what identifies them.

Case, width, spacing, punctuation and the legal form are how a name is written, not who it names. The form
is kept aside, though: "Acme GmbH" and "Acme Inc." are two companies, "Acme" may be either.
"""

import re
import unicodedata
from collections.abc import Container, Iterator
from dataclasses import dataclass
from itertools import count

_JAPANESE_FORMS = {
    "株式会社": "kk",
    "株式會社": "kk",
    "有限会社": "yk",
    "合同会社": "gk",
    "合資会社": "goshi",
    "合名会社": "gomei",
    "一般社団法人": "shadan",
    "公益社団法人": "shadan",
    "一般財団法人": "zaidan",
    "公益財団法人": "zaidan",
    "特定非営利活動法人": "npo",
    "npo法人": "npo",
    "社会福祉法人": "fukushi",
    "医療法人": "iryo",
    "学校法人": "gakko",
    "股份有限公司": "cn_ltd",
    "有限责任公司": "cn_ltd",
    "有限公司": "cn_ltd",
}
# (株), and カ) before or (カ after the name, as banks print it.
_BRACKETED = {
    "株": "kk",
    "有": "yk",
    "同": "gk",
    "資": "goshi",
    "名": "gomei",
    "一社": "shadan",
    "公社": "shadan",
    "一財": "zaidan",
    "公財": "zaidan",
    "特非": "npo",
    "福": "fukushi",
    "医": "iryo",
    "学": "gakko",
}
_BANK = {"カ": "kk", "ユ": "yk", "ド": "gk"}

# By the words that end a name. "SpA" and "AS" are left out: too many names end in the words "spa" and "as".
_WESTERN_FORMS: dict[tuple[str, ...], str] = {
    tuple(words.split()): form
    for form, spellings in {
        "kk": ("kk", "kabushiki kaisha", "kabushikikaisha"),
        "yk": ("yk", "yugen kaisha"),
        "gk": ("gk", "godo kaisha"),
        "inc": ("inc", "incorporated", "corp", "corporation"),
        "ltd": ("ltd", "limited", "co ltd", "co limited", "company ltd", "company limited"),
        "pty": ("pty ltd", "pty limited", "pty"),
        "pte": ("pte ltd", "pte limited", "pte"),
        "co": ("co", "company"),
        "llc": ("llc", "l l c"),
        "llp": ("llp",),
        "lp": ("lp",),
        "plc": ("plc",),
        "gmbh": ("gmbh", "mbh"),
        "gmbhkg": ("gmbh and co kg", "gmbh und co kg", "gmbh co kg"),
        "ag": ("ag",),
        "kg": ("kg",),
        "ug": ("ug", "ug haftungsbeschränkt"),
        "sa": ("sa", "s a"),
        "sas": ("sas", "s a s"),
        "sarl": ("sarl",),
        "srl": ("srl",),
        "bv": ("bv", "b v"),
        "nv": ("nv", "n v"),
        "ab": ("ab",),
        "oy": ("oy", "oyj"),
        "aps": ("aps",),
        "a/s": ("a s",),
        "sdnbhd": ("sdn bhd",),
        "sro": ("sro", "s r o"),
        "spzoo": ("sp z oo", "sp zoo", "sp z o o"),
    }.items()
    for words in spellings
}
_LONGEST_FORM = max(map(len, _WESTERN_FORMS))

# How Japanese companies write their own form in English; "Co." alone means no more than "company".
_SAME_FORM = {
    frozenset(pair)
    for pair in (
        ("kk", "inc"),
        ("kk", "ltd"),
        ("yk", "ltd"),
        ("gk", "llc"),
        ("cn_ltd", "ltd"),
        ("pty", "ltd"),
        ("pte", "ltd"),
    )
}
_VAGUE_FORM = "co"

# Old and new forms of kanji that names are written with now this way, now that; katakana as hiragana.
_OLD_KANJI = "邊邉澤髙﨑齋齊斎濱廣國櫻眞惠嶋舘會學圓榮顯實壽藏冨來瀧德"
_NEW_KANJI = "辺辺沢高崎斉斉斉浜広国桜真恵島館会学円栄顕実寿蔵富来滝徳"
_KATAKANA = "".join(map(chr, range(0x30A1, 0x30F7)))
_HIRAGANA = "".join(map(chr, range(0x3041, 0x3097)))
_ONE_SCRIPT = str.maketrans(_OLD_KANJI + _KATAKANA, _NEW_KANJI + _HIRAGANA)

_CJK = "\u3005-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_SPACE_BY_CJK = re.compile(rf"(?<=[{_CJK}])\s+|\s+(?=[{_CJK}])")
_BRACKET_FORM = re.compile(
    rf"^\s*\((?P<before>{'|'.join((*_BRACKETED, *_BANK))})\)|\((?P<after>{'|'.join((*_BRACKETED, *_BANK))})\)\s*$"
    rf"|^(?P<bank_before>{'|'.join(_BANK)})\)|\((?P<bank_after>{'|'.join(_BANK)})$"
)


@dataclass(frozen=True, slots=True)
class NormalName:
    """A name as it is compared: `key` identifies the name, `forms` are the legal forms it was written with.

    `loose` are two coarser keys, without gaps and without the order of words, and both without accents, the difference
    of hiragana and katakana, and old forms of kanji; a name that shares one of them is worth a look, no more.
    """

    key: str
    forms: frozenset[str]
    loose: tuple[str, str]

    def may_be(self, another: "NormalName") -> bool:
        """Do the legal forms allow both to be one company?"""
        ours, theirs = self.forms - {_VAGUE_FORM}, another.forms - {_VAGUE_FORM}
        if not ours or not theirs or ours & theirs:
            return True
        return any(frozenset((mine, its)) in _SAME_FORM for mine in ours for its in theirs)


def fold(text: str) -> str:
    """Without differences of case, width and spacing: how most services compare names."""
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    return " ".join(folded.split())


def normal_name(text: str) -> NormalName:
    """Reduce a name. A name that is nothing but a legal form or punctuation is its own key."""
    folded = fold(text)
    bare, forms = _without_japanese_forms(folded)
    words, western = _without_western_forms(_words(bare))
    if not words:
        return NormalName(folded, frozenset(), (folded, folded))
    return NormalName(_SPACE_BY_CJK.sub("", " ".join(words)), frozenset((*forms, *western)), _loose(words))


def free_name(name: str, taken: Container[str]) -> str:
    """`name` with the first number, from 2 on, whose folded form is not among the folded names `taken`."""
    return next(candidate for candidate in _numbered(name) if fold(candidate) not in taken)


def _numbered(name: str) -> Iterator[str]:
    return (f"{name} ({number})" for number in count(2))


def _without_japanese_forms(text: str) -> tuple[str, list[str]]:
    forms: list[str] = []
    while True:
        shorter, form = _one_form_less(text)
        if form is None or not shorter.strip():
            return text, forms
        text = shorter.strip()
        forms.append(form)


def _one_form_less(text: str) -> tuple[str, str | None]:
    bracketed = _BRACKET_FORM.search(text)
    if bracketed:
        mark = next(group for group in bracketed.groups() if group)
        return text[: bracketed.start()] + text[bracketed.end() :], (_BRACKETED | _BANK)[mark]
    for written, form in _JAPANESE_FORMS.items():
        if text.startswith(written):
            return text.removeprefix(written), form
        if text.endswith(written):
            return text.removesuffix(written), form
    return text, None


def _words(text: str) -> list[str]:
    return "".join(_plain(character) for character in text.replace("&", " and ")).split()


def _plain(character: str) -> str:
    # Dots and apostrophes occur inside words ("G.m.b.H.", "O'Neil"), other marks between them.
    if character in ".'’`":
        return ""
    return " " if unicodedata.category(character)[0] in "PZC" or character in "®©" else character


def _without_western_forms(words: list[str]) -> tuple[list[str], list[str]]:
    forms: list[str] = []
    while True:
        length = next((n for n in range(_LONGEST_FORM, 0, -1) if tuple(words[-n:]) in _WESTERN_FORMS), 0)
        if not length or length >= len(words):
            return words, forms
        forms.append(_WESTERN_FORMS[tuple(words[-length:])])
        words = words[:-length]
        if words[-1] == "and" and len(words) > 1:  # "Tiffany & Co."
            words = words[:-1]


def _loose(words: list[str]) -> tuple[str, str]:
    bare = [_without_accents(word).translate(_ONE_SCRIPT) for word in words]
    return "".join(bare), " ".join(sorted(bare))


def _without_accents(word: str) -> str:
    # Only the accents of western scripts: the marks that turn は into ば make another letter.
    return "".join(mark for mark in unicodedata.normalize("NFD", word) if not "\u0300" <= mark <= "\u036f")
