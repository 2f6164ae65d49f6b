import pytest
from hypothesis import given
from hypothesis import strategies as st

from tsunagi.sync.names import fold, free_name, normal_name


@pytest.mark.parametrize(
    "spellings",
    [
        (
            "株式会社つなぎ",
            "㈱つなぎ",
            "(株)つなぎ",
            "（株） つなぎ",
            "つなぎ株式会社",
            "つなぎ　㈱",
            "㍿つなぎ",
            "つなぎ",
        ),
        ("ﾂﾅｷﾞ(ｶ", "カ)ツナギ", "ツナギ株式会社", "ﾂﾅｷﾞ (株)"),
        ("有限会社山田商店", "㈲山田商店", "山田商店(有)", "山田 商店"),
        ("合同会社テスト", "テスト(同)", "テスト合同会社"),
        ("一般社団法人 未来", "(一社)未来", "未来"),
        ("ACME Ltd", "Acme Limited", "acme, ltd.", "Ａｃｍｅ　Ｌｔｄ．", "  ACME   LTD ", "Acme Co., Ltd.", "acme"),
        ("Acme Inc", "Acme, Inc.", "ACME Incorporated", "Acme Corp.", "Acme Corporation"),
        ("Müller GmbH", "MÜLLER G.m.b.H.", "Müller GmbH & Co. KG", "müller"),
        ("Sony K.K.", "SONY KK", "Sony Kabushiki Kaisha", "sony株式会社"),
        ("Tiffany & Co.", "Tiffany and Company", "TIFFANY"),
        ("O'Neil LLC", "O’Neil, L.L.C.", "ONEIL"),
        ("Smith-Jones Pty Ltd", "Smith Jones Pty. Limited", "smith‐jones"),
        ("A.B.C. S.A.", "ABC SA", "abc"),
        ("マイクロ・データ㈱", "マイクロデータ", "ﾏｲｸﾛ･ﾃﾞｰﾀ"),
        ("Weiß AG", "WEISS AG"),
    ],
)
def test_one_name_written_in_many_ways(spellings: tuple[str, ...]) -> None:
    assert len({normal_name(spelling).key for spelling in spellings}) == 1


@pytest.mark.parametrize(
    ("one", "another"),
    [
        ("Acme", "Acme Japan"),
        ("Blue Berry", "Blueberry"),
        ("はは", "ばば"),
        ("山田商店", "山田商会"),
        ("東京株式会社研究所", "東京研究所"),
        ("Day Spa", "Day"),
        ("C+", "C"),
        ("株式会社ABC 大阪支店", "株式会社ABC"),
    ],
)
def test_names_that_are_not_one(one: str, another: str) -> None:
    assert normal_name(one).key != normal_name(another).key


@pytest.mark.parametrize(
    ("one", "another", "may_be"),
    [
        ("Acme GmbH", "Acme Inc.", False),
        ("Acme Inc", "Acme Ltd", False),
        ("株式会社つなぎ", "有限会社つなぎ", False),
        ("株式会社つなぎ", "Tsunagi Co., Ltd.", True),
        ("株式会社つなぎ", "Tsunagi Inc.", True),
        ("合同会社つなぎ", "Tsunagi LLC", True),
        ("Acme Ltd", "Acme Limited", True),
        ("Acme", "Acme GmbH", True),
        ("Acme Co.", "Acme Inc.", True),
    ],
)
def test_legal_forms_may_contradict_each_other(one: str, another: str, may_be: bool) -> None:
    assert normal_name(one).may_be(normal_name(another)) is may_be
    assert normal_name(another).may_be(normal_name(one)) is may_be


@pytest.mark.parametrize("name", ["株式会社", "Limited", "Co., Ltd.", "(株)", "---", "Inc"])
def test_a_name_that_is_only_a_legal_form_stands_for_itself(name: str) -> None:
    assert normal_name(name).key != ""
    assert normal_name(name).forms == frozenset()


def test_resemblance_forgets_accents_gaps_and_the_order_of_words() -> None:
    assert normal_name("Blue Berry").loose[0] == normal_name("Blueberry").loose[0]
    assert normal_name("Taro Yamada").loose[1] == normal_name("YAMADA, Taro").loose[1]
    assert normal_name("Müller").loose == normal_name("Muller").loose
    assert normal_name("はは").loose != normal_name("ばば").loose


@given(st.text())
def test_any_text_has_a_name_and_it_does_not_depend_on_case_or_outer_space(text: str) -> None:
    name = normal_name(text)
    assert name == normal_name(f"  {text}\n")
    assert name.key == normal_name(text.casefold()).key
    assert bool(name.key) == bool(text.strip())


@given(st.text(min_size=1), st.sets(st.integers(2, 6)))
def test_a_free_name_is_free(name: str, numbers: set[int]) -> None:
    taken = {fold(f"{name} ({number})") for number in numbers}
    assert fold(free_name(name, taken)) not in taken


def test_a_free_name_takes_the_first_number_whatever_the_case() -> None:
    assert free_name("Acme", {fold("ACME (2)"), fold("acme (4)")}) == "Acme (3)"
