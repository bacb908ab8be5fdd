"""Gets access tokens for mail servers that take no password (OAuth 2, RFC 6749), and keeps them fresh."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any, Literal, Protocol, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator

from channels.base import Doubt, Finding
from channels.service_account import assertion, check_file

AHEAD = timedelta(minutes=15)
"""So long before its end a token is renewed, or at half its life, so that there is time to mend what hinders it."""
MARGIN = timedelta(minutes=1)
"""A token that ends sooner is used no more; one that is younger and yet refused is not refused for its age."""
LIFE = timedelta(hours=1)
"""How long a token holds whose service does not say so."""
DEADLINE = 8.0
"""Seconds that the whole call may take: fewer than make a loop count as dead."""
LARGEST = 64 * 1024
AT_ONCE = timedelta(seconds=5)
"""Who asks so soon after a failure gets that failure: the service is not asked again by each who waited."""
PAUSES = {True: timedelta(minutes=1), False: timedelta(minutes=5)}
"""How long renewing ahead rests after a failure that may pass, and after a refusal."""

SECRET, GRANT, AWAY = "secret", "grant", "away"
"""What can be wrong: the service does not know our application or its secret, gives it no token, or does not answer."""
REMEDIES = {
    SECRET: "check tenant, client_id and client_secret; a secret that has expired is replaced by a new one",
    GRANT: "check the application's permissions and the consent; at Google make a new refresh_token",
    AWAY: "check that this machine may connect there",
}
OF_KEY = {
    SECRET: "check key_file; in the Admin console allow the service account's client ID the scope "
    "https://mail.google.com/ (domain-wide delegation)",
    GRANT: "check that acts_for is a mailbox of the domain, that the key was not deleted, and this machine's clock",
    AWAY: REMEDIES[AWAY],
}
"""The same of a service account."""
SCOPE = "https://mail.google.com/"
MICROSOFT = {
    "microsoft": ("login.microsoftonline.com", "outlook.office365.com"),
    "microsoft-china": ("login.partner.microsoftonline.cn", "partner.outlook.cn"),
}
"""Where Microsoft 365 gives tokens, and the server that they are for; the cloud in China has its own."""
BY_ASSERTION = "urn:ietf:params:oauth:grant-type:jwt-bearer"
OF_SECRET = {"invalid_client", "unauthorized_client"}
PASSING = {"temporarily_unavailable", "server_error", "slow_down"}
TOO_MANY, OK = 429, 200
WORD = re.compile(r"[a-z_]{1,40}")
NUMBER = re.compile(r"AADSTS\d{1,8}")
FORM = re.compile(r"[\x21-\x7e]{1,20000}")
TENANT = r"^[A-Za-z0-9.-]{0,253}$"


class OAuthSettings(BaseModel):
    """How access tokens are had from Microsoft 365 (client credentials) or Google (a refresh token, or a service
    account that acts for a mailbox).
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    provider: Literal["microsoft", "microsoft-china", "google"] = Field(
        description="Whose mail server it is: microsoft, microsoft-china (operated by 21Vianet) or google."
    )
    tenant: str = Field("", pattern=TENANT, description="At Microsoft: the directory's id, or a domain of it.")
    client_id: str = Field("", max_length=200, description="The application's id.")
    client_secret: SecretStr = Field(SecretStr(""), description="The application's secret (its value, not its id).")
    secret_expires: date | None = Field(
        None, description="Last day of the secret: desk and project manager are warned 30, 7 and 1 days ahead."
    )
    refresh_token: SecretStr = Field(SecretStr(""), description="At Google: the refresh token that the owner granted.")
    key_file: Path | None = Field(
        None,
        description="At Google Workspace instead of client and refresh_token: file of a service account's key (JSON), "
        "for its owner only.",
    )
    acts_for: str = Field(
        "", max_length=254, description="With key_file: the mailbox that the service account acts for."
    )
    token_url: str = Field("", description="Address that gives the tokens; empty: the provider's own.")

    @model_validator(mode="after")
    def _complete(self) -> Self:
        url = urlsplit(self.url)
        if url.scheme != "https" and not (url.scheme == "http" and is_loopback(url.hostname or "")):
            raise ValueError("token_url must begin with https://: the secret goes there")
        if missing := self._missing():
            raise ValueError(missing)
        return self

    def _missing(self) -> str:
        """What is missing, or too much, for the provider's way; "" for nothing."""
        wanted = {
            "client_id is missing": self.client_id,
            "client_secret is missing": self.client_secret.get_secret_value(),
            "tenant is missing: the directory's id, or a domain of it": self.tenant or self.provider == "google",
            "refresh_token is missing: Google gives no token without the owner's consent; or name a key_file":
                self.refresh_token.get_secret_value() or self.provider in MICROSOFT,
        }  # fmt: skip
        if self.key_file:
            others = self.client_id or self.client_secret.get_secret_value() or self.refresh_token.get_secret_value()
            wanted = {
                "key_file is Google's": self.provider == "google",
                "key_file is there beside client_id, client_secret or refresh_token; keep one way": not others,
                "acts_for is missing: the mailbox that the service account acts for": self.acts_for,
            }
        return next((text for text, there in wanted.items() if not there), "")

    @property
    def url(self) -> str:
        """Where tokens are asked for."""
        if self.token_url:
            return self.token_url
        if self.provider == "google":
            return "https://oauth2.googleapis.com/token"
        return f"https://{MICROSOFT[self.provider][0]}/{self.tenant}/oauth2/v2.0/token"

    @property
    def remedies(self) -> Mapping[str, str]:
        """What to do about each kind of failure."""
        return OF_KEY if self.key_file else REMEDIES

    def form(self) -> dict[str, str]:
        """What is said there (RFC 6749 4.4.2 and 6, RFC 7523 2.1). Raises TokenError for a key that cannot be used."""
        if self.key_file:
            claims = {"scope": SCOPE, "aud": self.url, "sub": self.acts_for}
            try:
                signed = assertion(self.key_file, claims, datetime.now(UTC))
            except OSError as error:
                raise TokenError(SECRET, f"key_file cannot be read: {error.strerror}", OF_KEY) from error
            except ValueError as error:
                raise TokenError(SECRET, f"key_file {error}", OF_KEY) from error
            return {"grant_type": BY_ASSERTION, "assertion": signed}
        who = {"client_id": self.client_id, "client_secret": self.client_secret.get_secret_value()}
        if self.provider == "google":
            return {**who, "grant_type": "refresh_token", "refresh_token": self.refresh_token.get_secret_value()}
        return {**who, "grant_type": "client_credentials", "scope": f"https://{MICROSOFT[self.provider][1]}/.default"}

    def check_key(self) -> None:
        """Raises OSError where `key_file` cannot be read, ValueError where it holds no key."""
        if self.key_file:
            check_file(self.key_file)

    async def check(self, *, running: bool) -> list[Finding]:  # noqa: ARG002  -- one more token does no harm
        """Asks for a token, and forgets it."""
        host = urlsplit(self.url).hostname
        try:
            _, life = await fetch(self)
        except TokenError as error:
            return [Finding("wrong", f"{error.text}; {error.remedy}")]
        return [Finding("ok", f"{host} gives access tokens; each holds for {life.total_seconds() / 60:.0f} min")]


class TokenError(Exception):
    """Why no token is to be had: a kind of this module, words without anything secret, and what to do about it."""

    def __init__(self, kind: str, text: str, remedies: Mapping[str, str] = REMEDIES) -> None:
        super().__init__(text)
        self.kind, self.text, self.remedy = kind, text, remedies[kind]


@dataclass(frozen=True, slots=True)
class Token:
    """An access token, with the instants (UTC) at which we got it, shall renew it, and it ends."""

    value: str
    since: datetime
    renew_at: datetime
    until: datetime


class AccessTokens:
    """The access tokens of one application, for all mailboxes and relays that use it. One call at a time.

    Args:
        settings: where they come from.
        name: for whom, in words that people know: the login name.
        clock: now, in UTC.
    """

    def __init__(self, settings: OAuthSettings, name: str, clock: Callable[[], datetime] | None = None) -> None:
        self.settings, self.name, self.sick = settings, name, ""
        self._clock, self._lock = clock or (lambda: datetime.now(UTC)), asyncio.Lock()
        self._token: Token | None = None
        self._failure: tuple[datetime, TokenError] | None = None

    async def token(self) -> str:
        """One that holds for a minute at least; asked for only where there is none. Raises TokenError."""
        async with self._lock:
            return (self._good() or await self._renew()).value

    async def instead_of(self, refused: str) -> str:
        """Another one than that which the mail server refuses, or the same if it is brand-new. Raises TokenError."""
        async with self._lock:
            good = self._good()
            if good and (good.value != refused or self._clock() < good.since + MARGIN):
                return good.value
            return (await self._renew()).value

    async def keep_fresh(self) -> Doubt | None:
        """Renews the token ahead of its end. Gives what hinders that while the old one still holds."""
        async with self._lock:
            try:
                if self._is_time():
                    await self._renew()
            except TokenError:
                pass  # `_failure` has it
            token = self._good()
            if token is None or self._failure is None:
                return None
            error = self._failure[1]
            return Doubt(error.kind, error.text, token.until, passing=error.kind == AWAY)

    def _good(self) -> Token | None:
        return self._token if self._token and self._clock() < self._token.until - MARGIN else None

    def _is_time(self) -> bool:
        if self._failure and self._clock() < self._failure[0] + PAUSES[self._failure[1].kind == AWAY]:
            return False
        return self._token is None or self._clock() >= self._token.renew_at

    async def _renew(self) -> Token:
        now = self._clock()
        if self._failure and now < self._failure[0] + AT_ONCE:
            raise self._failure[1]
        try:
            value, life = await fetch(self.settings)
        except TokenError as error:
            self._failure = now, error
            raise
        self._failure = None
        self._token = Token(value, now, now + life - min(AHEAD, life / 2), now + life)
        return self._token


class Account(Protocol):
    """A mailbox or a relay: who logs in there, and how."""

    @property
    def username(self) -> str: ...
    @property
    def oauth(self) -> OAuthSettings | None: ...


Shared = Mapping[OAuthSettings | None, AccessTokens]
"""The access tokens of accounts, by their settings."""


def tokens_for(mailboxes: Iterable[Account], relay: Account | None, clock: Callable[[], datetime] | None) -> Shared:
    """Those of one application share its tokens. Where the relay is among them, nobody hears by mail that they fail."""
    found: dict[OAuthSettings | None, AccessTokens] = {}
    for one in (*mailboxes, relay):
        if one and one.oauth:
            found.setdefault(one.oauth, AccessTokens(one.oauth, one.username, clock))
    if relay and relay.oauth:
        found[relay.oauth].sick = "mail"
    return found


async def fetch(settings: OAuthSettings) -> tuple[str, timedelta]:
    """A new access token, and for how long it holds. Raises TokenError, which repeats nothing that may be secret."""
    import httpx  # noqa: PLC0415  -- for those who use it

    url = urlsplit(settings.url)
    plain = {"Accept": "application/json", "Accept-Encoding": "identity"}
    form = await asyncio.to_thread(settings.form)
    client = httpx.AsyncClient(timeout=DEADLINE, trust_env=not is_loopback(url.hostname or ""))
    try:
        async with (
            asyncio.timeout(DEADLINE),
            client,
            client.stream("POST", settings.url, data=form, headers=plain) as answer,
        ):
            body = b""
            async for part in answer.aiter_raw():
                body += part
                if len(body) > LARGEST:
                    raise TokenError(AWAY, f"{url.hostname} answers without end")
    except TimeoutError as error:
        raise TokenError(AWAY, f"{url.hostname} did not answer in {DEADLINE:g} s") from error
    except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
        raise TokenError(AWAY, f"{url.hostname} cannot be asked: {type(error).__name__}") from None  # it names the URL
    return _granted(settings, answer.status_code, body)


def _granted(settings: OAuthSettings, status: int, body: bytes) -> tuple[str, timedelta]:
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        said = None
    said = said if isinstance(said, dict) else {}
    token, kind = said.get("access_token"), str(said.get("token_type", "bearer")).lower()
    if status == OK and isinstance(token, str) and FORM.fullmatch(token) and kind == "bearer":
        return token, _life(said.get("expires_in"))
    raise _refused(settings, status, said)


def _life(seconds: Any) -> timedelta:
    """RFC 6749 5.1: seconds, which some services write as text."""
    try:
        return min(max(timedelta(seconds=int(seconds)), 2 * MARGIN), timedelta(days=1))
    except (TypeError, ValueError, OverflowError):
        return LIFE


def _refused(settings: OAuthSettings, status: int, said: dict[str, Any]) -> TokenError:
    """What a refusal means (RFC 6749 5.2). Of the service's own words only codes are kept."""
    host = urlsplit(settings.url).hostname
    error = str(said.get("error", ""))
    word = error if WORD.fullmatch(error) else ""
    number = NUMBER.search(str(said.get("error_description", "")))
    code = " ".join(filter(None, (word, number[0] if number else ""))) or f"status {status}"
    if status == TOO_MANY or status >= 500 or word in PASSING:  # noqa: PLR2004  -- RFC 9110 15.6
        return TokenError(AWAY, f"{host} cannot answer for now ({code})")
    return TokenError(SECRET if word in OF_SECRET else GRANT, f"{host} refuses ({code})", settings.remedies)


def is_loopback(host: str) -> bool:
    """Whether the name is this machine's own."""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
