"""What is remembered of a person leads to tokens, and only to them."""

from events.blind_index import BlindIndex
from hypothesis import given
from hypothesis import strategies as st
from leads.search.tokens import Tokens
from leads.search.words import beginnings, endings, words

TOKENS = Tokens(BlindIndex(bytes(32)))
NAMES = st.text(st.characters(categories=["L", "N", "Mn", "Zs", "Pd"]), max_size=40)


def test_words_are_told_in_one_form() -> None:
    assert words("  Пётр  О'Хара-Йозеф\t(младший)") == ["петр", "о", "хара", "иозеф", "младшии"]
    assert words("Мария Мария") == ["мария"]
    assert words("Ａｎｎａ Müller") == ["anna", "muller"]


def test_beginnings_and_endings_have_their_bounds() -> None:
    assert list(beginnings("анна")) == ["ан", "анн", "анна"]
    assert list(beginnings("а")) == []
    assert max(map(len, beginnings("а" * 40))) == 12
    assert list(endings("+79123456789"))[::6] == ["6789", "9123456789"]


@given(NAMES, st.data())
def test_a_card_is_found_by_any_beginnings_of_its_words_in_any_order(name: str, data: st.DataObject) -> None:
    known = [word for word in words(name) if len(word) >= 2]
    asked = [word[: data.draw(st.integers(2, len(word)))] for word in data.draw(st.permutations(known))]
    _, begun = TOKENS.of_words(" ".join(asked))
    assert set(begun) <= set(TOKENS.of_card(name, []))


@given(NAMES, st.text(st.characters(categories=["L"]), min_size=2, max_size=12))
def test_a_card_is_not_found_by_what_no_word_of_it_begins_with(name: str, other: str) -> None:
    asked = words(other)
    if all(len(word) > 1 for word in asked) and not any(known.startswith(tuple(asked)) for known in words(name)):
        whole, begun = TOKENS.of_words(other)
        assert not (begun and set(begun) <= set(TOKENS.of_card(name, [])))
        assert not (whole and set(whole) <= set(TOKENS.of_card(name, [])))


def test_tokens_tell_nothing_without_the_key() -> None:
    assert not set(TOKENS.of_card("Анна", [])) & set(Tokens(BlindIndex(bytes([1] * 32))).of_card("Анна", []))
    assert all(-(2**63) <= token < 2**63 for token in TOKENS.of_card("Анна Ким", ["+79123456789"]))
