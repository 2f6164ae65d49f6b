"""Files as the programs and people of real companies write them: what loads, what is asked, what is refused."""

from decimal import Decimal

import pytest

from zoho_sandbox.crm.organization import organization
from zoho_sandbox.crm.records import find_by_field, get_record
from zoho_sandbox.load import Answers, Consequence, FolderError, LoadError, OpenQuestionsError, load_folder, replay_plan

USD = Answers(base_currency="USD")
DEALS = "Deal Name,Account Name,Stage,Amount,Closing Date\n"


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "Accounts.csv").write_text("Account Name\nRiver Mill\n", encoding="utf-8")
    return tmp_path


def write_deals(folder, *rows, heading=DEALS):
    lines = [f"deal {place},River Mill,Closed Won,{row}\n" for place, row in enumerate(rows)]
    (folder / "Deals.csv").write_text(heading + "".join(lines), encoding="utf-8")
    return folder


def closings(sandbox):
    return [(step.amount, str(step.closing_date)) for step in replay_plan(sandbox)]


def reported(report, consequence):
    return {(tally.column, tally.reason): tally.count for tally in report.problems if tally.consequence is consequence}


def only(sandbox, module, field, value):
    (record_id,) = find_by_field(sandbox, module, field, value)
    return get_record(sandbox, module, record_id)


class TestEncodings:
    @pytest.fixture
    def western(self, tmp_path):
        (tmp_path / "Accounts.csv").write_bytes("Account Name;Phone\nSägewerk Nord;1\n".encode("cp1252"))
        (tmp_path / "Deals.csv").write_bytes(
            "Deal Name;Account Name;Stage\nSäge;Sägewerk Nord;Closed Won\n".encode("cp1252")
        )
        return tmp_path

    def test_where_two_fit_a_person_is_asked(self, sandbox, western):
        with pytest.raises(OpenQuestionsError, match=r"Accounts\.csv: .*--encoding.*csv\.encoding.*cp932.*Sägewerk"):
            load_folder(sandbox, western)
        assert load_folder(sandbox, western, answers=Answers(encoding="cp1252")).loaded == {"Accounts": 1, "Deals": 1}
        assert only(sandbox, "Deals", "Deal_Name", "Säge")["Account_Name"]["name"] == "Sägewerk Nord"

    def test_a_mapping_may_answer(self, sandbox, western):
        (western / "map.yaml").write_text(
            "csv: {encoding: cp1252}\n"
            "modules: {Accounts: {file: Accounts.csv, fields: {Account_Name: Account Name}}}\n",
            encoding="utf-8",
        )
        load_folder(sandbox, western, western / "map.yaml")
        assert only(sandbox, "Accounts", "Account_Name", "Sägewerk Nord")

    def test_one_file_decides_for_the_whole_folder(self, sandbox, western):
        with (western / "Accounts.csv").open("ab") as file:
            file.write("Lübeck Handel;2\n".encode("cp1252"))  # no Shift JIS
        assert load_folder(sandbox, western).loaded == {"Accounts": 2, "Deals": 1}
        assert only(sandbox, "Deals", "Deal_Name", "Säge")["Account_Name"]["name"] == "Sägewerk Nord"

    def test_a_japanese_heading_decides(self, sandbox, tmp_path):
        (tmp_path / "取引先.csv").write_bytes("取引先名\nみどり\n".encode("cp932"))
        assert load_folder(sandbox, tmp_path).loaded == {"Accounts": 1}

    @pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
    def test_utf_16_without_a_mark(self, sandbox, tmp_path, encoding):
        (tmp_path / "Accounts.csv").write_bytes("Account Name\tPhone\n株式会社みどり\t03\n".encode(encoding))
        assert load_folder(sandbox, tmp_path).loaded == {"Accounts": 1}
        assert only(sandbox, "Accounts", "Account_Name", "株式会社みどり")["Phone"] == "03"


class TestAboveTheHeadings:
    def test_a_line_that_declares_the_delimiter(self, sandbox, tmp_path):
        (tmp_path / "Accounts.csv").write_text("sep=;\nAccount Name;Phone\nRiver, Mill;1\n", encoding="utf-8")
        assert load_folder(sandbox, tmp_path).problems == ()
        assert only(sandbox, "Accounts", "Account_Name", "River, Mill")["Phone"] == "1"

    def test_titles_are_passed_over_and_told(self, sandbox, folder):
        write_deals(folder, "500,2026-05-20", heading="Closed deals,,,,\n\nAs of June,,,,\n" + DEALS)
        report = load_folder(sandbox, folder, answers=USD)
        assert (report.loaded["Deals"], report.skipped["Deals"]) == (1, 0)
        assert reported(report, Consequence.ROW_IGNORED) == {("", "above the headings"): 2}

    def test_titles_above_the_columns_of_a_mapping(self, sandbox, tmp_path):
        (tmp_path / "kunden.csv").write_text("Stand Juni\nkunde,ort\nVogel,Ulm\n", encoding="utf-8")
        (tmp_path / "map.yaml").write_text(
            "modules: {Accounts: {file: kunden.csv, fields: {Account_Name: kunde}}}\n", encoding="utf-8"
        )
        assert load_folder(sandbox, tmp_path, tmp_path / "map.yaml").loaded == {"Accounts": 1}

    def test_a_doubled_byte_order_mark(self, sandbox, tmp_path):
        (tmp_path / "Accounts.csv").write_text("\ufeff\ufeffAccount Name\nRiver Mill\n", encoding="utf-8")
        assert load_folder(sandbox, tmp_path).loaded == {"Accounts": 1}


class TestDates:
    def test_malformed_ones_are_refused_row_by_row_and_all_others_read(self, sandbox, folder):
        good = ("45382", "2024-03-31 23:30", "31/03/2024", "3/31/24", "20240331", "令和6年3月31日", "Mar 31 2024")
        bad = ("2024-03-31garbage", "2024-3-319", "2024-02-30")
        write_deals(folder, *(f"1,{text}" for text in (*good, *bad)))
        report = load_folder(sandbox, folder, answers=USD)
        assert [day for _amount, day in closings(sandbox)] == ["2024-03-31"] * len(good) + ["None"] * len(bad)
        dropped = reported(report, Consequence.VALUE_DROPPED)
        assert {column for column, _reason in dropped} == {"Closing Date"}
        assert sum(dropped.values()) == len(bad)

    @pytest.mark.parametrize(("other", "day"), [("25/12/2025", "2026-04-03"), ("12/25/2025", "2026-03-04")])
    def test_the_whole_column_decides_which_number_is_the_month(self, sandbox, folder, other, day):
        load_folder(sandbox, write_deals(folder, "1,03/04/2026", f"1,{other}"), answers=USD)
        assert closings(sandbox)[-1] == (1, day)

    @pytest.mark.parametrize(("order", "day"), [("day-first", "2026-04-03"), ("month-first", "2026-03-04")])
    def test_a_person_is_asked_where_the_column_does_not_show_it(self, sandbox, folder, order, day):
        write_deals(folder, "1,03/04/2026", "1,05/05/2026")
        with pytest.raises(OpenQuestionsError, match=r"Closing Date: received '03/04/2026' \(row 2\).*--date-order"):
            load_folder(sandbox, folder, answers=USD)
        load_folder(sandbox, folder, answers=Answers(base_currency="USD", date_order=order))
        assert closings(sandbox)[0] == (1, day)


class TestAmounts:
    def test_groups_signs_and_minuses(self, sandbox, folder):
        written = (
            '"1,23,456.00"',
            '"Rs. 1,200"',
            "1'234.50",
            "CHF 1’234.50",
            "1200-",
            "(1200)",
            "▲500",
            "△500",
            "$1.2K",
        )
        report = load_folder(sandbox, write_deals(folder, *(f"{text},2026-01-01" for text in written)), answers=USD)
        amounts = [amount for amount, _day in closings(sandbox)]
        assert amounts == [
            *map(Decimal, ("123456", "1200", "1234.5", "1234.5", "-1200", "-1200", "-500", "-500")),
            None,
        ]
        assert sum(reported(report, Consequence.VALUE_DROPPED).values()) == 1

    @pytest.mark.parametrize(("other", "amount"), [("1200.5", "1.234"), ('"1200,5"', "1234")])
    def test_the_whole_column_decides_which_mark_comes_before_decimals(self, sandbox, folder, other, amount):
        load_folder(sandbox, write_deals(folder, "1.234,2026-01-01", f"{other},2026-01-02"), answers=USD)
        assert closings(sandbox)[0] == (Decimal(amount), "2026-01-01")

    @pytest.mark.parametrize(("mark", "amount"), [(".", "1.234"), (",", "1234")])
    def test_a_person_is_asked_where_the_column_does_not_show_it(self, sandbox, folder, mark, amount):
        write_deals(folder, "1.234,2026-01-01")
        with pytest.raises(OpenQuestionsError, match=r"Amount: received '1\.234' \(row 2\).*--decimal-mark"):
            load_folder(sandbox, folder, answers=USD)
        load_folder(sandbox, folder, answers=Answers(base_currency="USD", decimal_mark=mark))
        assert closings(sandbox) == [(Decimal(amount), "2026-01-01")]

    def test_groups_alone_leave_no_question(self, sandbox, folder):
        load_folder(sandbox, write_deals(folder, '"1,200",2026-01-01'), answers=USD)
        assert closings(sandbox) == [(1200, "2026-01-01")]


class TestBaseCurrency:
    def test_asked_for_where_the_data_has_none(self, sandbox, folder):
        with pytest.raises(OpenQuestionsError, match=r"no currency anywhere.*--base-currency.*base_currency"):
            load_folder(sandbox, write_deals(folder, "1200.5,2026-01-01"))
        assert load_folder(sandbox, folder, answers=USD).won_total == {"USD": Decimal("1200.5")}

    def test_not_asked_for_where_there_is_no_money(self, sandbox, folder):
        assert load_folder(sandbox, folder).loaded == {"Accounts": 1}

    def test_the_sign_beside_the_amounts_says_it(self, sandbox, folder):
        assert load_folder(sandbox, write_deals(folder, "€5,2026-01-01", "6,2026-01-01")).base_currency == "EUR"

    @pytest.mark.parametrize("code", ["AED", "SEK", "NZD", "KWD", "TND"])
    def test_any_currency_of_the_world(self, sandbox, folder, code):
        heading = "Deal Name,Account Name,Stage,Amount,Closing Date,Currency,Exchange Rate\n"
        report = load_folder(
            sandbox, write_deals(folder, *(f"{n},2026-01-01,{code},1" for n in ("250.125", "1.5")), heading=heading)
        )
        assert report.won_total == {code: Decimal("251.625")}
        assert organization(sandbox).currency_code == code

    def test_an_unknown_one_is_refused(self, sandbox, folder):
        with pytest.raises(LoadError, match="received 'EUX'"):
            load_folder(sandbox, write_deals(folder, "1,2026-01-01"), answers=Answers(base_currency="EUX"))


def test_what_spreadsheets_wrap_around_texts_is_taken_off_and_told(sandbox, tmp_path):
    rows = ['"=""River Mill""","=""00123"""', "'Anvil Works,'+81 3", "'s-Gravenhage Bouw,1"]
    (tmp_path / "Accounts.csv").write_text("\n".join(["Account Name,Phone", *rows, ""]), encoding="utf-8")
    report = load_folder(sandbox, tmp_path)
    assert only(sandbox, "Accounts", "Account_Name", "River Mill")["Phone"] == "00123"
    assert only(sandbox, "Accounts", "Account_Name", "Anvil Works")["Phone"] == "+81 3"
    assert only(sandbox, "Accounts", "Account_Name", "'s-Gravenhage Bouw")
    assert sum(reported(report, Consequence.VALUE_CORRECTED).values()) == 4


def test_japanese_stages_yen_signs_and_short_company_names(sandbox, tmp_path):
    (tmp_path / "取引先.csv").write_bytes("取引先名\n株式会社みどり\n".encode("cp932"))
    deals = (
        "商談名,取引先名,ステージ,金額,完了予定日\n一,㈱みどり,受注,\\2500,2026/5/20\n二,(株)みどり,失注,▲5,2026/5/20\n"
    )
    (tmp_path / "商談.csv").write_bytes(deals.encode("cp932"))
    report = load_folder(sandbox, tmp_path)
    assert report.problems == ()
    assert (report.deals["won"], report.deals["lost"], report.won_total) == (1, 1, {"JPY": 2500})
    assert only(sandbox, "Deals", "Deal_Name", "一")["Account_Name"]["name"] == "株式会社みどり"


class TestOtherPrograms:
    MAPPING = """\
organisation: {base_currency: USD}
modules:
  Accounts: {file: a.csv, record_id: ID, fields: {Account_Name: NAME}}
  Deals:
    file: d.csv
    fields: {Deal_Name: NAME, Stage: STAGE, Account_Name: {id_column: A, column: AN, lookup: Accounts}}
"""

    def load(self, sandbox, folder, accounts, deals):
        (folder / "a.csv").write_text("ID,NAME\n" + accounts, encoding="utf-8")
        (folder / "d.csv").write_text("NAME,STAGE,A,AN\n" + deals, encoding="utf-8")
        (folder / "map.yaml").write_text(self.MAPPING, encoding="utf-8")
        return load_folder(sandbox, folder, folder / "map.yaml")

    def test_ids_of_15_and_of_18_characters_are_the_same(self, sandbox, tmp_path):
        accounts = "001A000001AbCdEIAV,Larch\n001A000001AbCdeIAF,Rowan\n"
        self.load(
            sandbox, tmp_path, accounts, "x,Qualification,001A000001AbCdE,\ny,Qualification,001A000001AbCdeIAF,\n"
        )
        assert only(sandbox, "Deals", "Deal_Name", "x")["Account_Name"]["name"] == "Larch"
        assert only(sandbox, "Deals", "Deal_Name", "y")["Account_Name"]["name"] == "Rowan"

    @pytest.mark.parametrize("associated", ["9001;9002,Larch;Rowan", ",Larch;Rowan"])
    def test_the_first_of_several_companies_is_the_primary_one(self, sandbox, tmp_path, associated):
        report = self.load(sandbox, tmp_path, "9001,Larch\n9002,Rowan\n", f"x,Qualification,{associated}\n")
        assert only(sandbox, "Deals", "Deal_Name", "x")["Account_Name"]["name"] == "Larch"
        assert reported(report, Consequence.VALUE_CORRECTED) == {("AN", "several records, the first one taken"): 1}


class TestHeadingsOfTodaysExports:
    @pytest.mark.parametrize(("name", "first", "last"), [("Jo Larch", "Jo", "Larch"), ("佐藤 健太", "健太", "佐藤")])
    def test_a_contact_with_a_full_name_alone(self, sandbox, tmp_path, name, first, last):
        (tmp_path / "Contacts.csv").write_text(f"Record Id,Contact Name\n6,{name}\n", encoding="utf-8")
        load_folder(sandbox, tmp_path)
        contact = only(sandbox, "Contacts", "Last_Name", last)
        assert contact["First_Name"] == first

    def test_addresses(self, sandbox, tmp_path):
        parts = ("Street", "City", "State / Province", "Zip / Postal Code", "Country / Region")
        heading = ",".join(["Account Name", *(f"Billing Address - {part}" for part in parts)])
        (tmp_path / "Accounts.csv").write_text(f"{heading}\nBirch,4 Kiln Rd,Leeds,YO,LS1,UK\n", encoding="utf-8")
        assert load_folder(sandbox, tmp_path).unused_columns == {}
        account = only(sandbox, "Accounts", "Account_Name", "Birch")
        found = [account[f"Billing_{part}"] for part in ("Street", "City", "State", "Code", "Country")]
        assert found == ["4 Kiln Rd", "Leeds", "YO", "LS1", "UK"]

    def test_a_file_that_lacks_a_column_is_named(self, sandbox, tmp_path):
        (tmp_path / "Contacts.csv").write_text("Record Id,Email\n6,a@b.example\n", encoding="utf-8")
        with pytest.raises(
            FolderError, match=r"Contacts\.csv: no source for Last_Name: received columns Record Id, Email"
        ):
            load_folder(sandbox, tmp_path)

    @pytest.mark.parametrize(
        "name",
        [
            "Accounts_2026_05_28.csv",
            "Accounts_2026_05_28_2.csv",
            "Accounts (1).csv",
            "Accounts_001.csv",
            "取引先_2026_05_28.csv",
        ],
    )
    def test_names_with_dates_and_numbers(self, sandbox, tmp_path, name):
        (tmp_path / name).write_text("Account Name\nBirch\n", encoding="utf-8")
        assert load_folder(sandbox, tmp_path).loaded == {"Accounts": 1}
