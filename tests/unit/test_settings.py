"""Settings that are more than a value."""

from __future__ import annotations

import pytest

from service.errors import SettingsError
from service.settings import load_settings


@pytest.mark.parametrize(
    ("given", "origins"),
    [
        ("", ()),
        ("https://App.example.com", ("https://app.example.com",)),
        (
            " http://localhost:8000 , capacitor://localhost,",
            ("http://localhost:8000", "capacitor://localhost"),
        ),
        ("http://[::1]:8000", ("http://[::1]:8000",)),
    ],
)
def test_origins_are_listed_with_commas(
    given: str, origins: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KNOOP_GRAPHQL_ORIGINS", given)
    assert load_settings().graphql_origins == origins


@pytest.mark.parametrize(
    "wrong",
    ["*", "null", "app.example.com", "https://a.example/", "https://*.a.example", "https://a@b"],
)
def test_what_is_no_origin_is_told_by_its_name(wrong: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KNOOP_GRAPHQL_ORIGINS", f"https://good.example,{wrong}")
    with pytest.raises(SettingsError, match=r"KNOOP_GRAPHQL_ORIGINS: .* is not an origin") as told:
        load_settings()
    assert wrong in str(told.value)
