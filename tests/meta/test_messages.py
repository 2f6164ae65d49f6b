"""Messages in two languages: each has both, and both name the same things."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]


# Reasons are joined to a sentence in each language's own way.
_SENTENCES = {"sentence", "parts", "part"}


def messages() -> Iterator[tuple[str, ast.expr, ast.expr]]:
    """Every `Text` written with both languages in place: where it is, its English and its Japanese."""
    for folder in ("core", "plugins"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Text":
                    named = {each.arg: each.value for each in node.keywords}
                    given = [*node.args, *(named[name] for name in ("en", "ja") if name in named)]
                    if len(given) == 2 and all(isinstance(each, ast.JoinedStr | ast.Constant) for each in given):
                        yield f"{path.relative_to(ROOT)}:{node.lineno}", given[0], given[1]


def parameters(message: ast.expr) -> set[str]:
    """The values a message names, whichever language they are spelt in: of an f-string its names, of a template too."""
    found: set[str] = set()
    for node in ast.walk(message):
        if isinstance(node, ast.FormattedValue):
            names = {each.id for each in ast.walk(node.value) if isinstance(each, ast.Name)}
            # Helpers of a module's own spell a value in one language.
            spelt = {re.sub(r"_?(en|ja)$", "", name) for name in names - _SENTENCES if not name.startswith("_")}
            found |= spelt - {""}
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            found |= set(re.findall(r"\{(\w+)\}", node.value))
    return found


def test_both_languages_of_a_message_name_the_same() -> None:
    found = list(messages())
    assert len(found) > 300
    differing = [
        f"{place}: only in one language: {sorted(parameters(en) ^ parameters(ja))}"
        for place, en, ja in found
        if parameters(en) != parameters(ja)
    ]
    assert differing == []


def test_no_language_is_left_empty() -> None:
    empty = [
        place
        for place, en, ja in messages()
        if any(isinstance(each, ast.Constant) and each.value == "" for each in (en, ja))
        and not all(isinstance(each, ast.Constant) and each.value == "" for each in (en, ja))
    ]
    assert empty == []
