"""How the demo's sources write their messages: the Segment spec, mistakes and all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from service.demo.people import Handset

_DIGITS = 11  # of a number with its country's code, 1: the shop sells in North America


@dataclass(frozen=True, slots=True, kw_only=True)
class Who:
    """The identifiers that a message names, as its sender wrote them, mistakes and all."""

    user_id: str = ""
    cookie: str = ""
    previous: str = ""
    email: str = ""
    phone: str = ""
    cards: tuple[str, ...] = ()
    card_trait: str = ""
    contacts: tuple[str, ...] = ()
    handset: Handset | None = None

    def keys(self) -> tuple[str, ...]:
        """The keys of all that can be an identifier."""
        named = [
            ("user_id", self.user_id),
            ("anonymous_id", self.cookie),
            ("anonymous_id", self.previous),
            ("email", self.email),
            ("phone", self.phone),
            *(("loyalty_card", card) for card in (*self.cards, self.card_trait)),
            *(("crm_id", contact) for contact in self.contacts),
        ]
        if self.handset:
            named += handset_ids(self.handset)
        return tuple(key for namespace, value in named if (key := key_of(namespace, value)))


def handset_ids(handset: Handset) -> list[tuple[str, str]]:
    """Namespace and value of what an app reports of its telephone."""
    system = handset.model.system
    return [
        (f"{system}.id", handset.device_id),
        (f"{system}.idfa", handset.advertising_id),
        (f"{system}.push_token", handset.token),
    ]


@lru_cache(maxsize=65_536)
def key_of(namespace: str, value: str) -> str:
    """An identifier's key as knoop normalises it, or "" for what it drops."""
    if namespace == "email":
        value = value.strip().lower()
    elif namespace == "phone":
        # Without a country's code nobody knows which country's number it is.
        digits = "".join(filter(str.isdigit, value)) if value.startswith("+") else ""
        value = f"+{digits}" if len(digits) == _DIGITS else ""
    elif namespace.endswith(".idfa"):
        value = value.lower()
    return f"{namespace}:{value}" if value else ""


def iso(at: datetime) -> str:
    """A time as the Segment spec writes it."""
    return at.isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"


def message(
    kind: str,
    who: Who,
    *,
    event: str = "",
    name: str = "",
    properties: Mapping[str, Any] | None = None,
    traits: Mapping[str, Any] | None = None,
    context: Mapping[str, Any] | None = None,
    group_id: str = "",
) -> dict[str, Any]:
    """The body of a message in the Segment spec; what is empty is left out."""
    about = {"email": who.email, "phone": who.phone, "loyalty_number": who.card_trait}
    said = {name: value for name, value in {**about, **(traits or {})}.items() if value}
    external = [("loyalty_card", card) for card in who.cards]
    external += [("crm_id", contact) for contact in who.contacts]
    around: dict[str, Any] = dict(context or {})
    if external:
        around["externalIds"] = [
            {"id": value, "type": namespace, "collection": "users", "encoding": "none"}
            for namespace, value in external
        ]
    if who.handset:
        around["device"] = _device(who.handset)
    if kind not in ("identify", "group") and said:
        around["traits"], said = said, {}
    body = {
        "type": kind,
        "userId": who.user_id,
        "anonymousId": who.cookie,
        "previousId": who.previous,
        "groupId": group_id,
        "event": event,
        "name": name,
        "traits": said,
        "properties": dict(properties or {}),
        "context": around,
    }
    return {field: value for field, value in body.items() if value}


def _device(handset: Handset) -> dict[str, Any]:
    device = {
        "id": handset.device_id,
        "type": handset.model.system,
        "advertisingId": handset.advertising_id,
        "manufacturer": handset.model.maker,
        "model": handset.model.model,
    }
    return {**device, "token": handset.token} if handset.token else device
