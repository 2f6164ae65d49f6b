"""Round trips: what a transformation promises holds for whatever people type."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tsunagi.domain.records import Value
from tsunagi.sync.transformations import JOINERS, MORE, NORMALISERS, Argument, codec, other_words

WORD = st.text(st.characters(categories=["L", "N"]), min_size=1, max_size=12)
ANYTHING = st.text(max_size=40)
ARGUMENTS: dict[str, Argument] = {"phone": "+81", "truncate": 10}


@pytest.mark.parametrize("name", NORMALISERS)
@given(text=ANYTHING | st.from_regex(r"\+?[0-9 ()-]{3,18}", fullmatch=True))
def test_a_value_in_its_form_is_left_alone(name: str, text: str) -> None:
    normalise, argument = NORMALISERS[name].normalise, ARGUMENTS.get(name)
    once = normalise(text, argument)
    assert normalise(once, argument) == once


@given(text=ANYTHING, steps=st.permutations(sorted(NORMALISERS)), count=st.integers(2, len(NORMALISERS)))
def test_so_is_one_in_the_form_of_several_in_whatever_order(text: str, steps: list[str], count: int) -> None:
    chosen = codec(tuple((name, ARGUMENTS.get(name)) for name in steps[:count]))
    once = chosen.decode(text)
    assert chosen.decode(once) == once


def test_a_text_of_one_width_that_was_cut_is_not_cut_again() -> None:
    chosen = codec((("width", None), ("truncate", 10)))
    assert chosen.decode("ＡＣＭＥ Corporation") == "ACME Corp…"
    assert chosen.decode("ACME Corp…") == "ACME Corp…"


@given(text=ANYTHING, length=st.integers(2, 30))
def test_a_text_is_cut_to_its_length_and_says_so(text: str, length: int) -> None:
    cut = NORMALISERS["truncate"].normalise(text, length)
    assert len(cut) <= length
    assert cut == text.strip() or cut.endswith(MORE)


@given(first=WORD, last=WORD, middle=st.lists(WORD, max_size=2))
def test_names_come_apart_as_they_were_put_together(first: str, last: str, middle: list[str]) -> None:
    western, japanese = JOINERS["name"], JOINERS["family_name_first"]
    given_names = " ".join([first, *middle])
    assert western.split(western.join((given_names, last)), 2) == (given_names, last)
    assert japanese.split(japanese.join((last, given_names)), 2) == (last, given_names)


def test_who_has_one_name_keeps_it_as_the_family_name() -> None:
    assert JOINERS["name"].split("Madonna", 2) == ("", "Madonna")
    assert JOINERS["family_name_first"].split("田中", 2) == ("田中", "")


@given(lines=st.lists(WORD, min_size=0, max_size=5), count=st.integers(1, 3))
def test_address_lines_lose_nothing(lines: list[str], count: int) -> None:
    joiner = JOINERS["address_lines"]
    text = "\n".join(lines)
    parts = joiner.split(text, count)
    assert len(parts) == count
    assert joiner.join(parts) == text


@pytest.mark.parametrize(
    ("written", "canonical"),
    [
        ("03-1234-5678", "+81312345678"),
        ("０３（１２３４）５６７８", "+81312345678"),
        ("+81 (0)3 1234 5678", "+81312345678"),
        ("0081 3 1234 5678", "+81312345678"),
        ("+1 415 555 0100", "+14155550100"),
        ("ask for Ann", "ask for Ann"),
    ],
)
def test_one_phone_number_has_one_form(written: str, canonical: str) -> None:
    assert NORMALISERS["phone"].normalise(written, "+81") == canonical


@pytest.mark.parametrize(
    ("written", "canonical"), [("〒100-0001", "100-0001"), ("１０００００１", "100-0001"), ("sw1a  1aa", "SW1A 1AA")]
)
def test_one_postal_code_has_one_form(written: str, canonical: str) -> None:
    assert NORMALISERS["postal_code"].normalise(written, None) == canonical


class TestCodecs:
    @given(st.sampled_from(["Kanto", "Kansai", "Elsewhere"]))
    def test_values_are_looked_up_and_found_again(self, value: str) -> None:
        one = codec((("text", None),), {"Kanto": "East", "Kansai": "West"})
        assert one.encode(one.decode(value)) == value

    @given(st.sampled_from(["Mr.", "Mr", "Herr"]))
    def test_of_several_with_one_meaning_the_first_is_written(self, value: str) -> None:
        one = codec((("text", None),), {"Mr.": "Mr", "Herr": "Mr"})
        assert one.encode(one.decode(value)) == "Mr."

    @given(st.tuples(WORD | st.none(), WORD | st.none()))
    def test_fields_are_joined_and_split(self, parts: tuple[Value, Value]) -> None:
        one = codec((("text", None),), None, "name", 2)
        joined = one.decode(parts)
        again = one.encode(joined)
        assert one.decode(again) == joined

    def test_what_is_no_text_passes(self) -> None:
        assert codec((("upper", None),)).decode(5) == 5
        assert codec((("upper", None),)).decode("  ") is None

    def test_both_sides_of_a_cut_text_agree(self) -> None:
        one = codec((("truncate", 5),))
        assert one.decode("abcdefgh") == one.decode("abcd…")

    @given(st.text(st.sampled_from("ab \u3000\n"), max_size=12), st.sampled_from(sorted(JOINERS)), st.integers(2, 3))
    def test_one_field_and_several_can_say_the_same(self, text: str, joiner: str, count: int) -> None:
        whole = codec((("text", None),), None, joiner, 1, parted=count)
        parts = codec((("text", None),), None, joiner, count)
        canonical = whole.decode(text)
        assert parts.decode(parts.encode(canonical)) == canonical
        assert whole.decode(whole.encode(parts.decode(parts.encode(canonical)))) == canonical

    @given(st.sampled_from(["Kanto", "East", "Kansai", "West", "Elsewhere"]))
    def test_the_word_of_the_other_side_means_what_it_means_there(self, value: str) -> None:
        words = {"Kanto": "East", "Kansai": "West"}
        crm = codec((("upper", None),), words)
        finance = codec((("upper", None),), read_as=other_words(words))
        for side, back in ((crm, finance), (finance, crm)):
            canonical = side.decode(value)
            assert back.decode(back.encode(canonical)) == canonical
        assert crm.encode(crm.decode("Kanto")) == "Kanto"
        assert other_words({"A": "B", "B": "A"}) == {}
