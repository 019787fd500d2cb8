"""From what somebody types to queries of the full-text index, in which nothing is syntax. Pure."""

from __future__ import annotations

import re
import unicodedata

from service.errors import InvalidQueryError

MAX_TEXT = 200
MAX_WORDS = 10

# A word as the index takes values apart (UAX #29): dots and the like join what they stand between.
_WORD = re.compile(
    r"\w+(?:(?:(?<=[^\W\d_])[.:'\N{RIGHT SINGLE QUOTATION MARK}\N{MIDDLE DOT}](?=[^\W\d_])"
    r"|(?<=\d)[.,;'\N{RIGHT SINGLE QUOTATION MARK}](?=\d))\w+)*"
)
_TELEPHONE = re.compile(r"\+?[\d\s().\-/]{7,}")
# Those that Unicode does not take apart.
_LETTERS = {"ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "đ": "d", "ð": "d", "ł": "l", "þ": "th"}
_SYNTAX = re.compile(r'([-+&|!(){}\[\]^"~*?:\\/<>=])')


def words_of(argument: str, text: str) -> list[str]:
    """A query for each word: it finds values with a word that begins so.

    What stands between blanks is also looked for as it is: not all scripts part words by blanks.

    Raises:
        InvalidQueryError: there is no word in it, or too many.
    """
    if len(text) > MAX_TEXT:
        raise InvalidQueryError(f"{argument}: is longer than {MAX_TEXT} characters; shorten it")
    typed = [text.strip()] if _TELEPHONE.fullmatch(text.strip()) else text.split()
    queries = {query: None for part in typed if (query := _query(part))}
    if not queries:
        raise InvalidQueryError(f"{argument}: has no word in it; give a name, address or number")
    if len(queries) > MAX_WORDS:
        raise InvalidQueryError(f"{argument}: has more than {MAX_WORDS} words; leave some out")
    return list(queries)


def _query(part: str) -> str | None:
    part = part.lower()
    digits = re.sub(r"\D", "", part) if _TELEPHONE.fullmatch(part) else ""
    words = [digits] if digits else _WORD.findall(part)
    if not words:
        return None
    # Of one letter there are too many beginnings.
    begun = " ".join(f"+{_plain(_folded(one))}{'*' if len(one) > 1 else ''}" for one in words)
    return f'({begun}) "{_plain(part)}"'


def _folded(text: str) -> str:
    """Without accents on Latin letters: the index takes them off whole words, not beginnings."""
    return "".join(map(_base, unicodedata.normalize("NFC", text)))


def _base(character: str) -> str:
    letters = _LETTERS.get(character) or unicodedata.normalize("NFKD", character)
    base = "".join(one for one in letters if not unicodedata.combining(one))
    return base if base.isascii() else character


def _plain(text: str) -> str:
    """Lower case, so that AND, OR and NOT are words like others."""
    return _SYNTAX.sub(r"\\\1", text.lower())
