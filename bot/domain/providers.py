"""Mail providers whose servers are known, by the domain of an address: what `faultdesk init` proposes."""

from __future__ import annotations

from typing import NamedTuple


class Provider(NamedTuple):
    """Servers as host:port; `password` says what is wanted in its place: "code", "app" (a password for one program),
    "token" (OAuth 2 only) or "" (the mailbox's own).
    """

    imap: str
    relay: str
    password: str = ""


_NETEASE = {name: Provider(f"imap.{name}:993", f"smtp.{name}:465", "code") for name in ("163.com", "126.com")}
_QQ = Provider("imap.qq.com:993", "smtp.qq.com:465", "code")
_GOOGLE = Provider("imap.gmail.com:993", "smtp.gmail.com:587", "app")
_MICROSOFT = Provider("outlook.office365.com:993", "smtp.office365.com:587", "token")
PROVIDERS = {
    **_NETEASE,
    "yeah.net": Provider("imap.yeah.net:993", "smtp.yeah.net:465", "code"),
    "qq.com": _QQ,
    "foxmail.com": _QQ,
    "gmail.com": _GOOGLE,
    "outlook.com": _MICROSOFT,
    "hotmail.com": _MICROSOFT,
    "live.com": _MICROSOFT,
}
UNKNOWN = Provider("", "")


def provider_of(address: str) -> Provider:
    """Whose mailbox this is; UNKNOWN for a domain of somebody's own."""
    return PROVIDERS.get(address.rpartition("@")[2].lower(), UNKNOWN)
