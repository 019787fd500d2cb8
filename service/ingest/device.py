"""Which device a message came from: what the app says of it, or the browser's user agent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import ua_parser


@dataclass(frozen=True, slots=True)
class DeviceFacts:
    """What is known of a device. `kind`: browser, phone, tablet, desktop, television, kiosk."""

    kind: str
    make: str | None = None
    model: str | None = None
    os: str | None = None
    os_version: str | None = None
    browser: str | None = None
    browser_version: str | None = None

    def known(self) -> dict[str, str]:
        """Those that are known, by their names on a Device node."""
        named = ((name, getattr(self, name)) for name in self.__slots__)
        return {name: fact for name, fact in named if fact is not None}


def recognise(context: Mapping[str, Any]) -> DeviceFacts | None:
    """The device's facts from `context.device`, `context.os` and `context.userAgent`."""
    device, system = _table(context, "device"), _table(context, "os")
    agent = _text(context, "userAgent")
    parsed = _from_user_agent(agent) if agent else None
    if not device:
        return parsed
    model = _text(device, "model")
    os = _text(system, "name") or (parsed.os if parsed else None)
    return DeviceFacts(
        kind=_app_kind(_text(device, "type"), model, parsed),
        make=_text(device, "manufacturer") or (parsed.make if parsed else None),
        model=model or (parsed.model if parsed else None),
        os=os,
        os_version=_text(system, "version") or (parsed.os_version if parsed else None),
        browser=parsed.browser if parsed else None,
        browser_version=parsed.browser_version if parsed else None,
    )


@lru_cache(maxsize=8_192)
def _from_user_agent(agent: str) -> DeviceFacts:
    result = ua_parser.parse(agent)
    os, browser, device = result.os, result.user_agent, result.device
    family = os.family if os else None
    return DeviceFacts(
        kind=_kind(agent, family, device.model if device else None),
        make=device.brand if device else None,
        model=device.model if device else None,
        os=family,
        os_version=_version(os.major, os.minor) if os else None,
        browser=browser.family if browser else None,
        browser_version=_version(browser.major, browser.minor) if browser else None,
    )


_DESKTOPS = frozenset({"Windows", "Mac OS X", "Linux", "Ubuntu", "Chrome OS", "Fedora", "Debian"})


def _kind(agent: str, os: str | None, model: str | None) -> str:
    """Browsers say it between the lines: tablets with Android leave out the word Mobile."""
    if "TV" in agent or "BRAVIA" in agent:
        return "television"
    if model == "iPad" or "Tablet" in agent or (os == "Android" and "Mobile" not in agent):
        return "tablet"
    if os in ("iOS", "Android") or "Mobile" in agent:
        return "phone"
    return "desktop" if os in _DESKTOPS else "browser"


_APP_KINDS = {
    "ios": "phone",
    "android": "phone",
    "phone": "phone",
    "mobile": "phone",
    "tablet": "tablet",
    "ipad": "tablet",
    "ipados": "tablet",
    "tv": "television",
    "tvos": "television",
    "television": "television",
    "kiosk": "kiosk",
    "desktop": "desktop",
    "macos": "desktop",
    "windows": "desktop",
}


def _app_kind(type_: str | None, model: str | None, parsed: DeviceFacts | None) -> str:
    if model and ("iPad" in model or "Tab" in model):
        return "tablet"
    return _APP_KINDS.get((type_ or "").lower()) or (parsed.kind if parsed else "browser")


def _version(major: str | None, minor: str | None) -> str | None:
    return ".".join(part for part in (major, minor) if part) or None


def _table(context: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = context.get(name)
    return value if isinstance(value, dict) else {}


def _text(table: Mapping[str, Any], name: str) -> str | None:
    value = table.get(name)
    return value if isinstance(value, str) and value else None
