import re
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from zoho_sandbox.load import Mapping, MappingFileError, read_mapping

SMALL = """\
organisation:
  name: Small
  base_currency: EUR
modules:
  Accounts:
    file: customers.csv
    fields:
      Account_Name: customer
"""


def read(tmp_path: Path, text: str) -> Mapping:
    path = tmp_path / "mapping.yaml"
    path.write_text(text, encoding="utf-8")
    return read_mapping(path)[0]


def refusal(tmp_path: Path, text: str) -> str:
    with pytest.raises(MappingFileError) as caught:
        read(tmp_path, text)
    return str(caught.value).removeprefix(f"{tmp_path}/")


def test_a_small_mapping(tmp_path):
    mapping = read(tmp_path, SMALL)
    assert mapping.organisation.base_currency == "EUR"
    assert mapping.modules["Accounts"].fields["Account_Name"].column == "customer"
    assert mapping.stage_before_closing == "Negotiation/Review"


def test_scalars_stay_as_they_are_written(tmp_path):
    text = SMALL.replace("Account_Name: customer", "Account_Name: {constant: no}")
    text = text.replace("  base_currency: EUR", "  base_currency: EUR\n  currencies: {JPY: 0.1}")
    mapping = read(tmp_path, text)
    assert mapping.modules["Accounts"].fields["Account_Name"].constant == "no"
    assert str(mapping.organisation.currencies["JPY"]) == "0.1"


@pytest.mark.parametrize(
    ("wrong", "right", "place", "told"),
    [
        (
            "file: customers.csv",
            "fille: customers.csv",
            "6: modules.Accounts.fille",
            "key 'fille'; valid: .*file",
        ),
        ("EUR", "Euro", "3: organisation.base_currency", r"received 'Euro'; valid: .*\[A-Z\]"),
        ("Accounts:", "Account:", "5: modules.Account", "received 'Account'; valid: 'Users', 'Vendors'"),
        ("name: Small", "time_zone: Mars", "2: organisation.time_zone", "received 'Mars'; valid: a time zone name"),
        ("customers.csv", "../a.csv", "6: modules.Accounts.file", "received '../a.csv'; valid: a file name"),
        (": customer\n", ": {constant: a, column: b}\n", "8: modules.Accounts.fields.Account_Name", "exactly one of"),
        (": customer\n", ": a\n      Account_Name: b\n", "9: modules.Accounts.fields.Account_Name", "written twice"),
        (": customer\n", ": *x\n", "8", "undefined alias"),
        (": customer\n", ": &x {constant: a}\n      Phone: *x\n", "9: modules.Accounts.fields.Phone", "an alias"),
        ("customers.csv", "[", r"\d+", "valid: YAML"),
    ],
)
def test_a_mistake_is_told_with_its_line(tmp_path, wrong, right, place, told):
    message = refusal(tmp_path, SMALL.replace(wrong, right))
    assert re.match(rf"mapping\.yaml:{place}: ", message)
    assert re.search(told, message)


def test_a_pipeline_needs_all_three_outcomes(tmp_path):
    told = refusal(tmp_path, "pipeline:\n  stages:\n    - {name: Open, probability: 10}\n" + SMALL)
    assert told.startswith("mapping.yaml:2: pipeline.stages: received")
    assert "at least one stage each" in told


def test_the_stage_before_closing_is_an_open_one(tmp_path):
    told = refusal(tmp_path, "closing: {stage_before_closing: Closed Won}\n" + SMALL)
    assert "closing.stage_before_closing is one of Qualification" in told


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(MappingFileError, match="No such file"):
        read_mapping(tmp_path / "none.yaml")


keys = st.sampled_from(["organisation", "modules", "Accounts", "fields", "file", "csv", "pipeline", "stages", "x"])
trees = st.recursive(
    st.none() | st.text(max_size=8) | st.integers() | st.booleans(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=4),
    max_leaves=12,
)


@given(trees)
def test_any_yaml_is_a_mapping_or_a_clear_error(tmp_path_factory, tree):
    _clear_or_valid(tmp_path_factory, yaml.safe_dump(tree, allow_unicode=True).encode())


@given(st.binary(max_size=200))
def test_any_bytes_are_a_mapping_or_a_clear_error(tmp_path_factory, content):
    _clear_or_valid(tmp_path_factory, content)


def _clear_or_valid(tmp_path_factory, content: bytes) -> None:
    path = tmp_path_factory.mktemp("mapping") / "m.yaml"
    path.write_bytes(content)
    told = _told(path)
    assert told is None or re.match(r".*m\.yaml:\d+: .*; valid: ", told, re.DOTALL)


def _told(path: Path) -> str | None:
    try:
        read_mapping(path)
    except MappingFileError as error:
        return str(error)
    return None
