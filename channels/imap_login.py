"""Opens the line to a mailbox: with the password, or with an access token that is still good."""

from __future__ import annotations

from collections.abc import Callable

from bot.domain.mailboxes import GRANT, ISSUER, LOGIN
from channels import oauth
from channels.imap_line import Line
from channels.imap_rules import ImapSettings, Trouble
from channels.imap_threads import in_thread
from channels.oauth import AccessTokens, TokenError


async def connect(settings: ImapSettings, tokens: AccessTokens | None, hold: Callable[[Line], None]) -> Line:
    """An open line; `hold` gets each that is tried, to cut it. Raises Trouble.

    A token that is refused may have been taken back before its time: a new one is tried, once.
    """
    try:
        token = await tokens.token() if tokens else ""
        try:
            return await _open(settings, token, hold)
        except Trouble as trouble:
            if tokens is None or trouble.kind != LOGIN:
                raise
            fresh = await tokens.instead_of(token)
            if fresh == token:
                raise
        return await _open(settings, fresh, hold)
    except TokenError as error:
        raise Trouble(ISSUER if error.kind == oauth.AWAY else GRANT, error.text) from error


async def _open(settings: ImapSettings, token: str, hold: Callable[[Line], None]) -> Line:
    line = Line(settings, token)
    hold(line)
    try:
        await in_thread(line.open)
    except Trouble:
        line.cut()
        raise
    return line
