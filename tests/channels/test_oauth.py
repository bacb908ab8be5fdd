"""channels.oauth: tokens from a real HTTP server, for a real Dovecot and a real Postfix; nothing secret is ever said."""

from __future__ import annotations

import asyncio
import base64
import json
import logging
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from bot.domain.mailboxes import GRANT, ISSUER
from bot.domain.messages import OutgoingMail
from channels import imap as imap_module
from channels import oauth
from channels.base import ChannelError
from channels.imap import Imap
from channels.oauth import AccessTokens, OAuthSettings, TokenError
from channels.smtp_out import LOGIN, NO_TOKEN, SmtpOut, SmtpOutSettings
from tests.channels.mailbox import SHANGHAI, Desk, settings_for, until
from tests.channels.smtp_sink import Sink
from tests.parts.dovecot import USER, Dovecot, mail
from tests.parts.postfix import Postfix
from tests.parts.tokens import SECRET, Tokens

MICROSOFT = {"provider": "microsoft", "tenant": "desk.example", "client_id": "desk", "client_secret": SECRET}
GOOGLE = {"provider": "google", "client_id": "desk", "client_secret": SECRET, "refresh_token": "1//refresh"}
OUTGOING = OutgoingMail("1", "li@customer.example", USER, b"Subject: fault\r\n\r\nwords\r\n")


class Time:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 23, 9, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def passes(self, **span: float) -> None:
        self.now += timedelta(**span)


@pytest.fixture
def key_file(tmp_path: Path) -> Path:
    """A service account's key as Google gives it, with its public half beside it."""
    pem, public = tmp_path / "key.pem", tmp_path / "public.pem"
    run = partial(subprocess.run, check=True, capture_output=True)
    run(("openssl", "genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-out", pem))
    run(("openssl", "pkey", "-in", pem, "-pubout", "-out", public))
    account = {"type": "service_account", "private_key_id": "key-1", "client_email": "desk@project.example"}
    path = tmp_path / "key.json"
    path.write_text(json.dumps({**account, "private_key": pem.read_text()}))
    return path


@pytest.fixture
def issuer() -> Iterator[Tokens]:
    with Tokens(USER) as server:
        yield server


def settings_of(issuer: Tokens, **more: Any) -> OAuthSettings:
    return OAuthSettings(**{**MICROSOFT, "token_url": issuer.grants, **more})


# ---- what is asked, and how often ----


async def test_each_provider_is_asked_as_it_wants_and_only_once_by_many(issuer: Tokens) -> None:
    tokens = AccessTokens(settings_of(issuer), USER)
    assert set(await asyncio.gather(*(tokens.token() for _ in range(20)))) == {"token-1"}
    google = OAuthSettings(**GOOGLE, token_url=issuer.grants)
    assert await AccessTokens(google, USER).token() == "token-2"
    china = OAuthSettings(**{**MICROSOFT, "provider": "microsoft-china"}, token_url=issuer.grants)
    assert await AccessTokens(china, USER).token() == "token-3"
    common = {"client_id": "desk", "client_secret": SECRET}
    assert issuer.asked == [
        {**common, "grant_type": "client_credentials", "scope": "https://outlook.office365.com/.default"},
        {**common, "grant_type": "refresh_token", "refresh_token": "1//refresh"},
        {**common, "grant_type": "client_credentials", "scope": "https://partner.outlook.cn/.default"},
    ]
    in_china = OAuthSettings(**{**MICROSOFT, "provider": "microsoft-china"}).url
    assert in_china == "https://login.partner.microsoftonline.cn/desk.example/oauth2/v2.0/token"
    assert OAuthSettings(**MICROSOFT).url == "https://login.microsoftonline.com/desk.example/oauth2/v2.0/token"
    assert OAuthSettings(**GOOGLE).url == "https://oauth2.googleapis.com/token"


async def test_a_service_account_signs_what_it_asks_for(issuer: Tokens, key_file: Path) -> None:
    settings = OAuthSettings(provider="google", key_file=key_file, acts_for=USER, token_url=issuer.grants)
    settings.check_key()
    assert await AccessTokens(settings, USER).token() == "token-1"
    [form] = issuer.asked
    head, claims, signature = form["assertion"].split(".")
    said = json.loads(base64.urlsafe_b64decode(claims + "=="))
    assert json.loads(base64.urlsafe_b64decode(head + "==")) == {"alg": "RS256", "typ": "JWT", "kid": "key-1"}
    assert (said["iss"], said["sub"], said["aud"]) == ("desk@project.example", USER, issuer.grants)
    assert (said["scope"], said["exp"] - said["iat"]) == ("https://mail.google.com/", 3600)
    assert form["grant_type"] == "urn:ietf:params:oauth:grant-type:jwt-bearer"
    proof = key_file.with_name("signature")
    proof.write_bytes(base64.urlsafe_b64decode(signature + "=="))
    verify = ("openssl", "dgst", "-sha256", "-verify", key_file.with_name("public.pem"), "-signature", proof)
    run = partial(subprocess.run, capture_output=True, check=False)
    done = await asyncio.to_thread(run, verify, input=f"{head}.{claims}".encode())
    assert done.returncode == 0

    issuer.refusal = 401, b'{"error": "unauthorized_client"}'
    [finding] = await settings.check(running=False)
    assert "domain-wide delegation" in finding.text
    issuer.refusal = 400, b'{"error": "invalid_grant", "error_description": "Invalid email or User ID"}'
    [finding] = await settings.check(running=False)
    assert "acts_for is a mailbox of the domain" in finding.text


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda _: b"no json", "is no JSON"),
        (lambda _: b"[]", "is no service account's key"),
        (lambda account: json.dumps({**account, "private_key": "-----BEGIN RSA PRIVATE KEY-----"}).encode(), "PKCS #8"),
        (lambda account: json.dumps({**account, "private_key": account["private_key"][:900]}).encode(), "PKCS #8"),
        (lambda account: json.dumps({**account, "private_key": damaged(account["private_key"])}).encode(), "damaged"),
    ],
)
def test_a_key_that_signs_nothing_is_told(key_file: Path, change: Any, words: str) -> None:
    key_file.write_bytes(change(json.loads(key_file.read_bytes())))
    settings = OAuthSettings(provider="google", key_file=key_file, acts_for=USER)
    with pytest.raises(ValueError, match=words):
        settings.check_key()
    [finding] = asyncio.run(settings.check(running=False))
    assert (finding.level, words in finding.text) == ("wrong", True)
    key_file.unlink()
    [finding] = asyncio.run(settings.check(running=False))
    assert "cannot be read: No such file" in finding.text


def damaged(pem: str) -> str:
    """The key with other bits in its private exponent."""
    first, *lines, last = pem.strip().split("\n")
    der = bytearray(base64.b64decode("".join(lines)))
    der[400] ^= 0x55
    return f"{first}\n{base64.encodebytes(bytes(der)).decode()}{last}\n"


async def test_a_token_is_renewed_ahead_and_the_old_one_holds_while_that_fails(issuer: Tokens) -> None:
    time = Time()
    tokens = AccessTokens(settings_of(issuer), USER, time)
    assert await tokens.keep_fresh() is None
    time.passes(minutes=44)
    assert await tokens.keep_fresh() is None
    assert len(issuer.asked) == 1
    time.passes(minutes=2)
    issuer.refusal = (
        401,
        json.dumps({"error": "invalid_client", "error_description": f"AADSTS7000222 {SECRET}"}).encode(),
    )
    doubt = await tokens.keep_fresh()
    assert doubt is not None
    assert (doubt.kind, doubt.text, doubt.passing) == (
        oauth.SECRET,
        "127.0.0.1 refuses (invalid_client AADSTS7000222)",
        False,
    )
    assert doubt.until == datetime(2026, 11, 23, 10, tzinfo=UTC)
    time.passes(minutes=1)
    assert await tokens.keep_fresh() == doubt
    assert len(issuer.asked) == 2, "it rests between"
    assert await tokens.token() == "token-1", "The old one is valid"
    time.passes(minutes=5)
    issuer.refusal = None
    assert await tokens.keep_fresh() is None
    assert await tokens.token() == "token-3"
    time.passes(minutes=61)
    issuer.refusal = 503, b""
    assert await tokens.keep_fresh() is None, "it is over: whoever needs it says so"
    with pytest.raises(TokenError, match=r"cannot answer for now \(status 503\)"):
        await tokens.token()


async def test_who_comes_right_after_a_failure_gets_it_and_nobody_is_asked_again(issuer: Tokens) -> None:
    time = Time()
    tokens = AccessTokens(settings_of(issuer), USER, time)
    issuer.refusal = 400, b'{"error": "invalid_grant"}'
    found = await asyncio.gather(*(tokens.token() for _ in range(5)), return_exceptions=True)
    assert {str(one) for one in found} == {"127.0.0.1 refuses (invalid_grant)"}
    assert len(issuer.asked) == 1
    issuer.refusal = None
    time.passes(seconds=6)
    assert await tokens.token() == "token-2"


async def test_a_token_that_is_refused_is_replaced_unless_it_is_brand_new(issuer: Tokens) -> None:
    time = Time()
    tokens = AccessTokens(settings_of(issuer), USER, time)
    first = await tokens.token()
    assert await tokens.instead_of(first) == first, "its age is not what is wrong"
    time.passes(minutes=2)
    assert await tokens.instead_of(first) == "token-2"
    assert await tokens.instead_of(first) == "token-2", "somebody else has replaced it"


async def test_google_s_refresh_token_is_taken_back_while_the_access_token_holds(issuer: Tokens) -> None:
    """The owner has changed her password, or her consent has ended: told an hour ahead at most, and when it fails."""
    time, outgoing = Time(), SmtpOutSettings(host="127.0.0.1", port=9, username=USER, oauth={**GOOGLE})
    tokens = AccessTokens(OAuthSettings(**GOOGLE, token_url=issuer.grants), USER, time)
    outlet = SmtpOut(outgoing, tokens)
    assert await tokens.keep_fresh() is None
    issuer.revoked.add("1//refresh")
    time.passes(minutes=46)
    doubt = await tokens.keep_fresh()
    assert doubt is not None
    assert (doubt.kind, doubt.text, doubt.passing) == (oauth.GRANT, "127.0.0.1 refuses (invalid_grant)", False)
    assert doubt.until == datetime(2026, 11, 23, 10, tzinfo=UTC)
    assert await tokens.token() == "token-1"
    time.passes(minutes=15)
    with pytest.raises(ChannelError) as failed:
        await outlet.send(OUTGOING)
    assert (failed.value.trouble, failed.value.broken) == (NO_TOKEN, True)
    renewed = OAuthSettings(**{**GOOGLE, "refresh_token": "1//of today"}, token_url=issuer.grants)
    assert await AccessTokens(renewed, USER, time).token() == f"token-{len(issuer.asked)}"


# ---- what may go wrong ----

ANSWERS: dict[str, tuple[tuple[int, bytes], str, str]] = {
    "a wrong secret": ((401, b'{"error": "invalid_client"}'), oauth.SECRET, "invalid_client"),
    "a missing consent": ((400, b'{"error": "invalid_grant"}'), oauth.GRANT, "invalid_grant"),
    "too many calls": ((429, b""), oauth.AWAY, "status 429"),
    "a sick service": ((500, b"<html>oops"), oauth.AWAY, "status 500"),
    "a service that says so": ((400, b'{"error": "temporarily_unavailable"}'), oauth.AWAY, "temporarily"),
    "another site": ((200, b"<html>log in</html>"), oauth.GRANT, "status 200"),
    "a redirect": ((302, b""), oauth.GRANT, "status 302"),
    "no token": ((200, b'{"token_type": "Bearer"}'), oauth.GRANT, "status 200"),
    "a token of two lines": ((200, b'{"access_token": "a\\r\\nNOOP"}'), oauth.GRANT, "status 200"),
    "a token with a separator": ((200, b'{"access_token": "a\\u0001b"}'), oauth.GRANT, "status 200"),
    "another kind of token": ((200, b'{"access_token": "a", "token_type": "mac"}'), oauth.GRANT, "status 200"),
    "brackets without end": ((200, b"[" * 60_000), oauth.GRANT, "status 200"),
    "an answer without end": ((200, b"x" * 100_000), oauth.AWAY, "without end"),
    "an error of odd words": ((400, b'{"error": "\\u001b[31m <b>x</b>"}'), oauth.GRANT, "(status 400)"),
}


@pytest.mark.parametrize("name", ANSWERS)
async def test_an_answer_that_is_no_token(issuer: Tokens, name: str) -> None:
    issuer.refusal, kind, words = ANSWERS[name]
    with pytest.raises(TokenError) as caught:
        await AccessTokens(settings_of(issuer), USER).token()
    assert caught.value.kind == kind
    assert words in caught.value.text
    [finding] = await settings_of(issuer).check(running=False)
    assert finding.level == "wrong"
    assert oauth.REMEDIES[kind] in finding.text


@pytest.mark.parametrize(
    ("said", "minutes"), [(3599, 59), ("3599", 59), (None, 60), ("soon", 60), (-5, 2), (10**12, 1440), ([], 60)]
)
async def test_how_long_it_holds(issuer: Tokens, said: Any, minutes: int) -> None:
    issuer.refusal = 200, json.dumps({"access_token": "a", "expires_in": said}).encode()
    _, life = await oauth.fetch(settings_of(issuer))
    assert int(life.total_seconds()) // 60 == minutes


async def test_a_service_that_is_slow_or_away(issuer: Tokens, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(oauth, "DEADLINE", 0.2)
    issuer.delay = 1.0
    with pytest.raises(TokenError, match="did not answer") as caught:
        await oauth.fetch(settings_of(issuer))
    assert caught.value.kind == oauth.AWAY
    monkeypatch.setattr(oauth, "DEADLINE", 8.0)
    with pytest.raises(TokenError, match="cannot be asked: ConnectError"):
        await oauth.fetch(OAuthSettings(**MICROSOFT, token_url="http://127.0.0.1:1/token"))


async def test_a_service_that_says_a_byte_now_and_then_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(oauth, "DEADLINE", 0.5)

    async def trickle(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                writer.write(b"H")
                await asyncio.sleep(0.05)
        finally:
            writer.close()

    server = await asyncio.start_server(trickle, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    with pytest.raises(TokenError) as caught:
        await oauth.fetch(OAuthSettings(**MICROSOFT, token_url=f"http://localhost:{port}/token"))
    assert caught.value.kind == oauth.AWAY
    server.close()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"token_url": "http://login.example.com/token"}, "https://"),
        ({"token_url": "file:///etc/passwd"}, "https://"),
        ({"tenant": ""}, "tenant is missing"),
        ({"tenant": "desk.example/../evil"}, "tenant"),
        ({"client_secret": ""}, "client_secret is missing"),
        ({"provider": "google"}, "refresh_token is missing"),
        ({"provider": "yahoo"}, "provider"),
        ({"client_id": ""}, "client_id is missing"),
        ({"key_file": "key.json"}, "key_file is Google's"),
        ({"provider": "google", "key_file": "key.json"}, "beside client_id"),
        ({"provider": "google", "key_file": "key.json", "client_id": "", "client_secret": ""}, "acts_for is missing"),
    ],
)
def test_settings_that_cannot_work_are_refused(change: dict[str, str], words: str) -> None:
    with pytest.raises(ValidationError, match=words) as caught:
        OAuthSettings(**{**MICROSOFT, **change})
    assert SECRET not in str(caught.value)


async def test_nothing_secret_is_shown_or_logged(issuer: Tokens, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    settings = OAuthSettings(**{**GOOGLE, "token_url": issuer.grants})
    token = await AccessTokens(settings, USER).token()
    issuer.refusal = 400, json.dumps({"error": "invalid_grant", "error_description": f"{SECRET} 1//refresh"}).encode()
    [finding] = await settings.check(running=False)
    for secret in (SECRET, "1//refresh", token):
        assert secret not in repr(settings) + finding.text
        assert secret not in "".join(one.getMessage() for one in caplog.records if one.name.startswith("faultdesk"))


# ---- at real mail servers ----


async def test_a_mailbox_is_read_by_tokens_over_revocations_and_outages(
    issuer: Tokens, monkeypatch: pytest.MonkeyPatch
) -> None:
    time, desk = Time(), Desk()
    with Dovecot(oauth=issuer.url) as dovecot:
        dovecot.deliver(mail(0))
        settings = settings_for(dovecot.imap, password="", oauth=settings_of(issuer), poll_seconds=1000)
        tokens = AccessTokens(settings_of(issuer), USER, time)

        def started() -> asyncio.Task[None]:
            inlet = Imap(settings, desk, lambda: datetime.now(UTC), SHANGHAI, tokens=tokens, patience=0.01)
            return asyncio.create_task(inlet.run(desk.receive))

        running = started()
        await until(lambda: desk.subjects() == ["fault 0"])
        time.passes(minutes=5)
        issuer.good.clear()  # all are taken back before their time
        await asyncio.to_thread(dovecot.kill)
        dovecot.start()
        await asyncio.to_thread(dovecot.deliver, mail(1))
        await until(lambda: desk.subjects() == ["fault 0", "fault 1"])
        assert (len(issuer.asked), desk.reports) == (2, []), "one more, and nobody has noticed"
        [ok, *_] = await settings.check(running=True)
        assert ok.level == "ok"
        assert await Imap(settings, desk, lambda: datetime.now(UTC), SHANGHAI, tokens=tokens).recall(
            datetime.now(UTC), desk.receive
        ) == 2  # fmt: skip

        monkeypatch.setattr(imap_module, "UNHEARD", 0.1)  # not before: a server that starts again is away, too
        asked = len(issuer.asked)
        issuer.refusal, issuer.good = (401, b'{"error": "invalid_client"}'), {}
        time.passes(hours=2)
        dovecot.kill()  # and is there again before its absence is noticed
        dovecot.start()
        await until(lambda: desk.reports)
        time.passes(minutes=1)
        issuer.refusal = (503, b"")
        await until(lambda: len(desk.reports) > 1)
        time.passes(minutes=1)
        issuer.refusal = None
        await until(lambda: desk.reports[-1] == ("", ""))
        assert [kind for kind, _ in desk.reports] == [GRANT, ISSUER, ""]
        assert len(issuer.asked) - asked <= 4
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def test_a_relay_that_takes_no_tokens_is_told_as_a_matter_of_the_login(issuer: Tokens) -> None:
    sink = await Sink(password="other", offers=("AUTH PLAIN LOGIN",)).start()
    settings = SmtpOutSettings(
        host="127.0.0.1", port=sink.port, security="none", username=USER, oauth=settings_of(issuer)
    )
    with pytest.raises(ChannelError) as caught:
        await SmtpOut(settings, AccessTokens(settings_of(issuer), USER)).send(OUTGOING)
    assert (caught.value.trouble, caught.value.broken) == (LOGIN, True)
    [finding] = await settings.check(running=False)
    assert "it takes no access tokens (XOAUTH2)" in finding.text
    issuer.refusal = 401, b'{"error": "invalid_client"}'
    [finding] = await settings.check(running=False)
    assert oauth.REMEDIES[oauth.SECRET] in finding.text
    await sink.stop()


async def test_a_real_relay_is_logged_in_to_by_token(issuer: Tokens) -> None:
    auth = "service auth {\n inet_listener {\n  address = 127.0.0.1\n  port = @SASL@\n }\n}\n"
    with Postfix() as postfix, Dovecot(oauth=issuer.url, extra=auth) as dovecot:
        await asyncio.to_thread(lambda: postfix.start(desk=9, lmtp=dovecot.lmtp, sasl=dovecot.sasl))
        time = Time()
        settings = SmtpOutSettings(
            host="127.0.0.1", port=postfix.port, security="none", username=USER, oauth=settings_of(issuer)
        )
        outlet = SmtpOut(settings, AccessTokens(settings_of(issuer), USER, time))
        receipt = await outlet.send(OUTGOING)
        assert receipt.external_id
        await outlet.close()
        issuer.good.clear()
        time.passes(minutes=5)
        await outlet.send(OUTGOING)  # by a new one
        await outlet.close()
        assert len(issuer.asked) == 2
        [finding] = await settings.check(running=True)
        assert (finding.level, f"the login as {USER} is accepted" in finding.text) == ("ok", True)

        issuer.user = "somebody@else.example"
        time.passes(hours=2)
        with pytest.raises(ChannelError) as refused:
            await outlet.send(OUTGOING)
        assert (refused.value.code, refused.value.broken) == ("535", True)
        assert "token-" not in refused.value.text

        issuer.refusal = 401, b'{"error": "invalid_client"}'
        time.passes(hours=2)
        with pytest.raises(ChannelError) as missing:
            await outlet.send(OUTGOING)
        assert (missing.value.trouble, missing.value.broken) == (NO_TOKEN, True)
