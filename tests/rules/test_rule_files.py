"""Rule files on disk: which are found, and what is said of those that cannot be read."""

from pathlib import Path

import pytest

from tsunagi import ConfigError
from tsunagi.rule_files import read_rule_files, starter_rules
from tsunagi.yaml_marks import LARGEST_FILE


def write(folder: Path, name: str, data: bytes | str) -> None:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data.encode() if isinstance(data, str) else data)


def test_rules_and_tables_are_told_apart_and_named_from_the_folder(tmp_path: Path) -> None:
    write(tmp_path, "automations/b.yaml", "受注")
    write(tmp_path, "automations/sales/a.yml", b"\xef\xbb\xbfa")
    write(tmp_path, "automations/b_test.yaml", "t")
    write(tmp_path, "automations/.b.yaml.swp", "x")
    write(tmp_path, "automations/.old/c.yaml", "x")
    write(tmp_path, "automations/notes.txt", "x")
    write(tmp_path, "permissions/p.yaml", "x")
    found = read_rule_files(tmp_path)
    assert found.rules == {"automations/b.yaml": "受注", "automations/sales/a.yml": "a"}
    assert found.tables == {"automations/b_test.yaml": "t"}
    assert found.unreadable == ()
    assert read_rule_files(tmp_path, "permissions").rules == {"permissions/p.yaml": "x"}
    assert read_rule_files(tmp_path, "sync").rules == {}


def test_what_cannot_be_read_is_named_and_the_rest_is_there(tmp_path: Path) -> None:
    write(tmp_path, "automations/a.yaml", "a: 1\nb: 受注\n".encode("shift_jis"))
    write(tmp_path, "automations/b.yaml", "b")
    write(tmp_path, "automations/c.yaml", "x" * (LARGEST_FILE * 4 + 1))
    found = read_rule_files(tmp_path)
    assert list(found.rules) == ["automations/b.yaml"]
    assert [(error.path, error.line) for error in found.unreadable] == [
        ("automations/a.yaml", 2),
        ("automations/c.yaml", 1),
    ]
    assert "UTF-8" in found.unreadable[0].message.en
    assert "UTF-8" in found.unreadable[0].message.ja


def test_a_folder_that_is_not_there_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        read_rule_files(tmp_path / "rules")
    assert "tsunagi init" in str(caught.value.hint)


def test_the_starter_rules_come_with_the_hub() -> None:
    assert (starter_rules() / "automations" / "deal_won_invoice.yaml").is_file()
