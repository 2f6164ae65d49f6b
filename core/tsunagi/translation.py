"""Texts of the faces (pages, command line) in the reader's language, from gettext catalogues.

Texts of plugins and errors are `Text` objects and need no catalogue; this is for everything written into templates
and commands. The catalogue is read as it is edited (.po), so there is no compile step to forget.
"""

import gettext as catalogues
import io
import os
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from importlib.resources import files

from tsunagi.text import LANGUAGES, Language, Text

_current: ContextVar[Language] = ContextVar("language", default="en")


def language() -> Language:
    """The language of the current request or command."""
    return _current.get()


@contextmanager
def speaking(chosen: Language) -> Iterator[None]:
    """Everything inside is in this language."""
    token = _current.set(chosen)
    try:
        yield
    finally:
        _current.reset(token)


def set_language(chosen: Language) -> None:
    """For a process that speaks to one person, such as the command line."""
    _current.set(chosen)


def language_of_environment() -> Language:
    """The terminal's setting: TSUNAGI_LANGUAGE, else LC_ALL, LC_MESSAGES, LANG."""
    for name in ("TSUNAGI_LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"):
        if value := os.environ.get(name):
            return nearest(value)
    return "en"


def nearest(tag: str) -> Language:
    """The supported language for a locale or an Accept-Language header; English when none is."""
    for part in tag.replace(";", ",").split(","):
        short = part.strip().lower().replace("_", "-").split("-")[0]
        for supported in LANGUAGES:
            if short == supported:
                return supported
    return "en"


def gettext(message: str) -> str:
    """The message in the current language."""
    return catalogue(language()).gettext(message)


def ngettext(singular: str, plural: str, count: int) -> str:
    return catalogue(language()).ngettext(singular, plural, count)


def say(text: Text) -> str:
    """A plugin's or an error's text in the current language."""
    return text.in_language(language())


@cache
def catalogue(chosen: Language) -> catalogues.NullTranslations:
    if chosen == "en":
        return catalogues.NullTranslations()
    # English needs no catalogue, so nothing is loaded for it.
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    source = files("tsunagi").joinpath("locale", chosen, "LC_MESSAGES", "tsunagi.po").read_bytes()
    compiled = io.BytesIO()
    write_mo(compiled, read_po(io.BytesIO(source), locale=chosen))
    compiled.seek(0)
    return catalogues.GNUTranslations(compiled)
