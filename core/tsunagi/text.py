"""Text a person reads, carried in every language the hub speaks."""

from dataclasses import dataclass
from typing import Literal

Language = Literal["en", "ja"]
LANGUAGES: tuple[Language, ...] = ("en", "ja")


@dataclass(frozen=True, slots=True)
class Text:
    """One message in English and Japanese; both are required so that none can be forgotten."""

    en: str
    ja: str

    @classmethod
    def same(cls, text: str) -> "Text":
        """A proper name or a value that reads the same in every language."""
        return cls(en=text, ja=text)

    def in_language(self, language: Language) -> str:
        return self.ja if language == "ja" else self.en

    def __str__(self) -> str:
        return self.en
