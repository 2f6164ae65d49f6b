"""Every text of the faces exists in Japanese, and the catalogue holds nothing that is no longer said."""

import io
from pathlib import Path

from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from tsunagi.app.settings import Settings

ROOT = Path(__file__).parents[2]
SOURCES = (ROOT / "core" / "tsunagi", ROOT / "plugins" / "demo" / "tsunagi_demo")
CATALOGUE = ROOT / "core" / "tsunagi" / "locale" / "ja" / "LC_MESSAGES" / "tsunagi.po"
METHODS = [("**.py", "python"), ("**/templates/**.html", "jinja2.ext:babel_extract")]


def said() -> set[str]:
    found: set[str] = set()
    for source in SOURCES:
        keywords = {"_": None, "gettext": None, "ngettext": (1, 2)}
        for _, _, message, _, _ in extract_from_dir(str(source), method_map=METHODS, keywords=keywords):
            found.add(message[0] if isinstance(message, tuple) else message)
    # `tsunagi init` says of each setting what it is for.
    found |= {field.description for field in Settings.model_fields.values() if field.description}
    return found - {""}


def test_every_text_has_its_japanese() -> None:
    catalogue = read_po(io.BytesIO(CATALOGUE.read_bytes()), locale="ja")
    translated = set()
    for message in catalogue:
        first = message.id[0] if isinstance(message.id, tuple) else message.id
        text = message.string[0] if isinstance(message.string, tuple) else message.string
        if first and text:
            translated.add(first)
    texts = said()
    assert sorted(texts - translated) == []
    assert sorted(translated - texts) == []
