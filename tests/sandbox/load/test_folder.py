import csv
import shutil
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zoho_sandbox.crm.currencies import rates
from zoho_sandbox.crm.organization import organization
from zoho_sandbox.crm.records import find_by_field, get_record
from zoho_sandbox.load import (
    Answers,
    Consequence,
    FolderError,
    LoadError,
    Mapping,
    MappingFileError,
    load_folder,
    read_mapping,
    replay_plan,
)

DATA = Path(__file__).parent / "data"


def only(sandbox, module, field, value):
    (record_id,) = find_by_field(sandbox, module, field, value)
    record = get_record(sandbox, module, record_id)
    assert record is not None
    return record


def told(report):
    return {(tally.file, tally.column, tally.reason, tally.consequence): tally.count for tally in report.problems}


def consequences(report):
    return {(tally.file, tally.column, tally.consequence) for tally in report.problems}


class TestExportsInEnglish:
    @pytest.fixture
    def report(self, sandbox):
        return load_folder(sandbox, DATA / "english")

    def test_counts(self, report):
        assert report.loaded == {"Accounts": 5, "Contacts": 2, "Deals": 5}
        assert report.skipped == {"Accounts": 0, "Contacts": 1, "Deals": 2}
        assert report.deals == {"open": 2, "won": 2, "lost": 1}
        assert report.won_total == {"JPY": Decimal(1250000), "USD": Decimal("4321.50")}

    def test_a_parent_is_found_although_it_stands_below(self, sandbox, report):
        assert only(sandbox, "Accounts", "Account_Name", "Aoba Seiki Service")["Parent_Account"]["name"] == "Aoba Seiki"

    def test_a_cell_keeps_its_lines_and_quotes(self, sandbox, report):
        account = only(sandbox, "Accounts", "Account_Name", 'Harwell "Controls" Ltd')
        assert account["Billing_Street"] == "12 Mill Lane\n2nd floor"

    def test_pick_lists_grow_by_the_values_in_use(self, sandbox, report):
        account = only(sandbox, "Accounts", "Account_Name", 'Harwell "Controls" Ltd')
        assert account["Industry"] == "Space Elevators"

    def test_currencies_are_those_of_the_deals(self, sandbox, report):
        assert organization(sandbox).currency_code == "JPY"
        assert rates(sandbox) == {"JPY": "1.000000000", "USD": "0.006400000"}
        assert only(sandbox, "Deals", "Deal_Name", "Cold store")["Currency"] == "USD"

    def test_without_a_mapping_a_deal_keeps_amount_and_date_before_it_closes(self, sandbox, report):
        deal = only(sandbox, "Deals", "Deal_Name", "Cold store")
        assert (deal["Stage"], deal["Amount"], deal["Closing_Date"]) == (
            "Negotiation/Review",
            Decimal("4321.50"),
            "2025-08-15",
        )

    def test_the_plan_follows_the_closing_dates(self, sandbox, report):
        steps = [(step.stage, step.amount, step.currency, str(step.closing_date)) for step in replay_plan(sandbox)]
        assert steps == [
            ("Closed Won", Decimal("4321.50"), "USD", "2025-08-15"),
            ("Closed Lost", Decimal(900000), "JPY", "2025-08-31"),
            ("Closed Won", Decimal(1250000), "JPY", "2025-09-30"),
        ]

    def test_an_id_decides_where_two_accounts_share_a_name(self, sandbox, report):
        lost = only(sandbox, "Deals", "Deal_Name", "Lost one")
        assert lost["Account_Name"]["name"] == "Twin Foods"
        assert only(sandbox, "Deals", "Deal_Name", "Open one").get("Account_Name") is None

    def test_problems(self, report):
        skipped, dropped = Consequence.ROW_SKIPPED, Consequence.VALUE_DROPPED
        stage = "no stage of this name in the pipeline; a mapping file can translate it"
        address = "refused by the CRM: INVALID_DATA (expected_data_type email)"
        assert told(report) == {
            ("Contacts.csv", "Email", address, dropped): 1,
            ("Accounts.csv", "Employees", "not a number", dropped): 1,
            ("Contacts.csv", "Last Name", "Last_Name is required and has no usable value", skipped): 1,
            ("Deals.csv", "Account Name", "more than one record of this name in Accounts", dropped): 1,
            ("Deals.csv", "Stage", stage, skipped): 1,
            ("Deals.csv", "Currency", "no such currency in the organisation (JPY, USD)", skipped): 1,
            ("Deals.csv", "Amount", "not a number", dropped): 1,
        }  # fmt: skip

    def test_columns_nobody_reads_are_named(self, report):
        assert "Created Time" in report.unused_columns["Accounts.csv"]
        assert "Expected Revenue" in report.unused_columns["Deals.csv"]


class TestExportsInJapanese:
    def test_shift_jis_files_with_japanese_headings(self, sandbox):
        report = load_folder(sandbox, DATA / "japanese")
        assert report.loaded == {"Accounts": 2, "Contacts": 1, "Deals": 2}
        assert report.problems == ()
        account = only(sandbox, "Accounts", "Account_Name", "株式会社青葉精機")
        assert (account["Phone"], account["Employees"], account["Billing_Country"]) == ("03-0123-4567", 120, "日本")
        assert only(sandbox, "Contacts", "Email", "kenta@aoba.example")["Account_Name"]["id"] == account["id"]
        (step,) = replay_plan(sandbox)
        assert (step.amount, step.currency, str(step.closing_date)) == (Decimal(1250000), "JPY", "2025-09-30")


MAPPING = """\
organisation: {name: Small, base_currency: EUR, country: DE, time_zone: Europe/Berlin}
csv: {date_format: "%d.%m.%Y", decimal_mark: ","}
modules:
  Accounts:
    file: kunden.csv
    fields:
      Account_Name: kunde
  Deals:
    file: chancen.csv
    custom_fields:
      Rank: {label: Rank, type: integer}
    fields:
      Deal_Name: {template: "{nr} {Account_Name}"}
      Account_Name: {column: kunde, lookup: Accounts, corrections: {Lindeman: Lindemann}}
      Stage: {column: stand, values: {gewonnen: Closed Won, verloren: Closed Lost, offen: Qualification}}
      Amount: {column: wert, multiply: 1000}
      Closing_Date: datum
      Rank: {constant: 3}
"""
KUNDEN = "kunde\nLindemann\nVogel\n"
CHANCEN = "nr;kunde;stand;wert;datum\n1;Lindeman;gewonnen;1,5;31.12.2025\n2;Vogel;offen;2;\n3;Nobody;gewonnen;;\n"


@pytest.fixture
def small(tmp_path):
    folder = tmp_path / "export"
    folder.mkdir()
    (folder / "kunden.csv").write_text(KUNDEN, encoding="utf-8")
    (folder / "chancen.csv").write_text(CHANCEN, encoding="utf-8")
    (tmp_path / "map.yaml").write_text(MAPPING, encoding="utf-8")
    return folder


class TestMapping:
    def test_names_values_notation_and_constants(self, sandbox, small):
        report = load_folder(sandbox, small, small.parent / "map.yaml")
        assert report.loaded == {"Accounts": 2, "Deals": 3}
        deal = only(sandbox, "Deals", "Deal_Name", "1 Lindemann")
        assert (deal["Amount"], deal["Closing_Date"], deal["Rank"]) == (Decimal(1500), "2025-12-31", 3)
        assert deal["Account_Name"]["name"] == "Lindemann"
        assert organization(sandbox).company_name == "Small"

    def test_a_won_deal_that_lacks_date_and_amount_is_told_and_closes_last(self, sandbox, small):
        report = load_folder(sandbox, small, small.parent / "map.yaml")
        assert consequences(report) == {
            ("chancen.csv", "kunde", Consequence.VALUE_CORRECTED),
            ("chancen.csv", "kunde", Consequence.VALUE_DROPPED),
            ("chancen.csv", "datum", Consequence.LEFT_EMPTY),
            ("chancen.csv", "wert", Consequence.LEFT_EMPTY),
        }
        last = list(replay_plan(sandbox))[-1]
        assert (last.amount, last.closing_date) == (None, None)

    @pytest.mark.parametrize(
        ("wrong", "right", "place", "told"),
        [
            ("kunden.csv", "kunde.csv", "5: modules.Accounts.file", "'kunde.csv'; valid: .*nearest: kunden.csv"),
            (": wert", ": wrt", "16: modules.Deals.fields.Amount.column", "'wrt'; valid: nr, .*nearest: wert"),
            ("Closing_D", "Closing_Day_D", "17: modules.Deals.fields.Closing_Day_Date", "nearest: Closing_Date"),
            ("lookup: Accounts, ", "", "14: modules.Deals.fields.Account_Name", "no lookup; valid: `lookup: Accounts`"),
            ("p: Accounts", "p: Vendors", "14: modules.Deals.fields.Account_Name.lookup", "Vendors; valid: Accounts"),
            ('"{nr} {Account_Name}"', '"{no}"', "13: modules.Deals.fields.Deal_Name.template", "received 'no'"),
            ("Account_Name: kunde\n", "Phone: kunde\n", "6: modules.Accounts.fields", "no source for Account_Name"),
            ("      Rank: {l", "      Stage: {l", "11: modules.Deals.custom_fields.Stage", "which Deals have already"),
            ("      Rank: {l", "      My Rank: {l", "11: modules.Deals.custom_fields.My Rank", "received 'My Rank'"),
            (
                "  Deals:\n",
                "  Deals:\n    without_related_lists: [Goods]\n",
                "9: .*.0",
                "received 'Goods'; valid: .*Products",
            ),
            ("base_currency: EUR", "base_currency: EUX", "1: organisation.base_currency", "'EUX'; valid: .*EUR"),
        ],
    )
    def test_a_mapping_that_does_not_fit_the_folder_loads_nothing(self, sandbox, small, wrong, right, place, told):
        path = small.parent / "map.yaml"
        path.write_text(MAPPING.replace(wrong, right, 1), encoding="utf-8")
        with pytest.raises(MappingFileError, match=rf"map\.yaml:{place}: .*{told}"):
            load_folder(sandbox, small, path)
        assert sandbox.db.value("SELECT count(*) FROM crm_record") == 0

    def test_an_interrupted_load_leaves_nothing(self, sandbox, small):
        def interrupt(progress):
            if progress.module == "Deals":
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            load_folder(sandbox, small, small.parent / "map.yaml", progress=interrupt)
        assert sandbox.db.value("SELECT count(*) FROM crm_record") == 0
        assert organization(sandbox).currency_code == "JPY"
        assert load_folder(sandbox, small, small.parent / "map.yaml").loaded["Deals"] == 3

    def test_a_file_with_records_is_refused(self, sandbox, small):
        mapping, _places = read_mapping(small.parent / "map.yaml")
        load_folder(sandbox, small, mapping)
        with pytest.raises(FolderError, match="a file with records; valid: a new data file"):
            load_folder(sandbox, small, mapping)


class TestFolder:
    def test_no_folder(self, sandbox, tmp_path):
        with pytest.raises(FolderError, match="none: received no folder"):
            load_folder(sandbox, tmp_path / "none")

    def test_no_export(self, sandbox, tmp_path):
        with pytest.raises(FolderError, match=r"received no export of the CRM; valid: Users\.csv"):
            load_folder(sandbox, tmp_path)

    def test_two_files_for_one_module(self, sandbox, tmp_path):
        for name in ("Accounts.csv", "accounts_001.csv"):
            shutil.copy(DATA / "english" / "Accounts.csv", tmp_path / name)
        with pytest.raises(FolderError, match=r"received Accounts\.csv, accounts_001\.csv for Accounts"):
            load_folder(sandbox, tmp_path)

    def test_an_export_without_a_name_column(self, sandbox, tmp_path):
        (tmp_path / "Accounts.csv").write_text("Phone\n1\n", encoding="utf-8")
        with pytest.raises(LoadError, match="no source for Account_Name"):
            load_folder(sandbox, tmp_path)


names = st.text(st.characters(categories=("L", "N")), min_size=1, max_size=20).filter(lambda name: name == name.strip())
amounts = st.decimals(Decimal("0.01"), Decimal(10**12), places=2)
deals = st.lists(
    st.tuples(amounts, st.dates(), st.sampled_from(["Qualification", "Closed Won", "Closed Lost"])), max_size=8
)


garbage = st.text(st.characters(exclude_categories=("Cs",)), max_size=200) | st.sampled_from(['"', "a,b\n1"])


@settings(max_examples=15, deadline=None)
@given(account=names, rows=deals)
def test_records_written_as_csv_are_loaded_as_they_were(empty_sandbox, tmp_path_factory, account, rows):
    folder = tmp_path_factory.mktemp("export")
    write(folder / "Accounts.csv", [("Account Name",), (account,)])
    lines = [(f"deal {place}", account, f"{amount:f}", day, stage) for place, (amount, day, stage) in enumerate(rows)]
    write(folder / "Deals.csv", [("Deal Name", "Account Name", "Amount", "Closing Date", "Stage"), *lines])
    with empty_sandbox() as sandbox:
        report = load_folder(sandbox, folder, answers=Answers(base_currency="EUR"))
        assert report.problems == ()
        endings = {step.deal_id: step.stage for step in replay_plan(sandbox)}
        for place, (amount, day, stage) in enumerate(rows):
            deal = only(sandbox, "Deals", "Deal_Name", f"deal {place}")
            assert (deal["Amount"], deal["Closing_Date"]) == (amount, day.isoformat())
            assert deal["Account_Name"]["name"] == account
            assert endings.get(deal["id"], deal["Stage"]) == stage


@settings(max_examples=25, deadline=None)
@given(
    content=st.text(st.characters(exclude_categories=("Cs",)), max_size=200) | st.sampled_from(['"', "a,b\n1", "\n"])
)
def test_garbage_rows_never_stop_a_load(empty_sandbox, tmp_path_factory, content):
    folder = tmp_path_factory.mktemp("export")
    (folder / "Accounts.csv").write_bytes(("Account Name,Email,Employees\nA,b,c\n" + content).encode())
    with empty_sandbox() as sandbox:
        report = load_folder(sandbox, folder, report=folder / "report.csv")
    assert report.loaded["Accounts"] >= 1


def write(path, rows):
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)


def test_a_mapping_can_be_given_as_values(sandbox, small):
    mapping = Mapping.model_validate(
        {"modules": {"Accounts": {"file": "kunden.csv", "fields": {"Account_Name": "kunde"}}}}
    )
    assert load_folder(sandbox, small, mapping).loaded == {"Accounts": 2}
