"""What somebody types, as queries of the full-text index."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.errors import InvalidQueryError
from service.profile.words import MAX_TEXT, words_of


@pytest.mark.parametrize(
    ("text", "queries"),
    [
        ("Ann", ['(+ann*) "ann"']),
        ("ann  Ann JANSEN", ['(+ann*) "ann"', '(+jansen*) "jansen"']),
        ("ann@exam", ['(+ann* +exam*) "ann@exam"']),
        ("a b2", ['(+a) "a"', '(+b2*) "b2"']),
        ("example.com o'brien 3.14", None),
        ("a.1", ['(+a +1) "a.1"']),
        ("Ünal Øre straße", ['(+unal*) "ünal"', '(+ore*) "øre"', '(+strasse*) "straße"']),
        ("Юлия", ['(+юлия*) "юлия"']),
        ("+31 6 1234 5678", [r'(+31612345678*) "\+31 6 1234 5678"']),
        ("12 14", ['(+12*) "12"', '(+14*) "14"']),
        ("ann OR -bob", ['(+ann*) "ann"', '(+or*) "or"', r'(+bob*) "\-bob"']),
        ('na*me:"x y"', [r'(+na* +me* +x) "na\*me\:\"x"', r'(+y) "y\""']),
    ],
)
def test_each_word_is_a_query(text: str, queries: list[str] | None) -> None:
    queries = queries or [f'(+{word}*) "{word}"' for word in text.split()]
    assert words_of("text", text) == queries


@given(st.text(max_size=MAX_TEXT))
def test_nothing_that_is_typed_is_syntax(text: str) -> None:
    try:
        queries = words_of("text", text)
    except InvalidQueryError:
        return
    for query in queries:
        begun, quoted = re.fullmatch(r'\(((?:\+[^\s]+ ?)+)\) "(.+)"', query, re.DOTALL).groups()  # type: ignore[union-attr]
        for word in begun.split():
            assert not re.search(r'(?<!\\)[-+&|!(){}\[\]^"~*?:\\/<>=]', word[1:].removesuffix("*"))
        assert not re.search(r'(?<!\\)(?:\\\\)*"', quoted)
