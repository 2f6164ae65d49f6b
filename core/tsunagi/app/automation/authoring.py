"""Files for those who write rules: a new rule from a template, and the schemas their editors check it by."""

import json
import re
from collections.abc import Sequence
from pathlib import Path

from tsunagi.errors import ConfigError
from tsunagi.registry import Registry
from tsunagi.rule_files import write_files
from tsunagi.rules.authoring import FOLDER, editor_schemas, new_rule
from tsunagi.rules.vocabulary import Vocabulary
from tsunagi.text import Text

_IDENTIFIER = re.compile(r"[a-z][a-z0-9_]{0,63}")


def write_schemas(folder: Path, registry: Registry) -> Sequence[str]:
    """Lay the schemas down in the rules folder, in the words of the plugins there are now; returns what has changed."""
    vocabulary = Vocabulary.of(registry.entities.values(), registry.actions.values())
    texts = {
        f"{FOLDER}/{name}": json.dumps(schema, ensure_ascii=False, indent=1) + "\n"
        for name, schema in editor_schemas(vocabulary).items()
    }
    changed = {name: text for name, text in texts.items() if not _is(folder / name, text)}
    write_files(folder, changed)
    return sorted(changed)


def write_new_rule(folder: Path, registry: Registry, name: str, event: str, action: str) -> Sequence[str]:
    """A rule and its table under this name, and the schemas. Raises ConfigError where there is one already."""
    if _IDENTIFIER.fullmatch(name) is None:
        raise ConfigError(
            Text(
                en=f"'{name}' is no name for a rule: lower-case letters, digits and _, beginning with a letter.",
                ja=f"「{name}」はルール名に使えません。英小文字で始め、英小文字・数字・_ を使ってください。",
            )
        )
    vocabulary = Vocabulary.of(registry.entities.values(), registry.actions.values())
    rule, table = new_rule(vocabulary, name, event, action)
    files = {f"automations/{name}.yaml": rule, f"automations/{name}_test.yaml": table}
    taken = next((file for file in files if (folder / file).exists()), None)
    if taken is not None:
        raise ConfigError(Text(en=f"'{folder / taken}' is there already.", ja=f"「{folder / taken}」は既にあります。"))
    write_files(folder, files)
    return [*files, *write_schemas(folder, registry)]


def _is(path: Path, text: str) -> bool:
    try:
        return path.read_text(encoding="utf-8") == text
    except (OSError, UnicodeDecodeError):
        return False
