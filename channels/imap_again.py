"""Looks at a mailbox without reading it (`faultdesk check`), and brings its stored mails in once more (P14)."""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.domain.mailboxes import AWAY, FOLDER, GRANT, ISSUER, LOGIN, PROTOCOL, TLS, TOKEN, UNSAFE, received
from bot.domain.messages import IncomingMail
from channels.base import Finding, Receive
from channels.imap_line import Line
from channels.imap_login import connect
from channels.imap_rules import ImapSettings, Trouble
from channels.imap_threads import in_thread
from channels.oauth import AccessTokens, tokens_for

REMEDIES = {
    LOGIN: "check username and password; 163, 126 and QQ want an authorisation code, and IMAP switched on",
    TOKEN: "run token_command by hand: it must print a fresh access token, and nothing else",
    GRANT: "see what is said of its oauth table; its mail server was not asked",
    ISSUER: "check that this machine may connect to the provider; its mail server was not asked",
    AWAY: "check host and port, and that this machine may connect there",
    TLS: "use the name that its certificate bears, or name the authority's certificate in ca_file",
    UNSAFE: 'use security = "tls" with port 993',
    PROTOCOL: "this is no usable IMAP server: check host and port",
    FOLDER: "check the folder's name as the server spells it",
}
"""What an administrator may do about each kind of trouble."""
OF_OAUTH = (
    "check username, and that the application may open this mailbox: at Microsoft 365 its service principal is "
    "registered in Exchange, has full access to the mailbox, and IMAP is switched on there"
)

EARLIER = timedelta(hours=1)
"""Mails from so long before are brought in again too: clocks differ, and what is known already is counted as a copy."""
AT_ONCE = 50


async def look(settings: ImapSettings) -> list[Finding]:
    """Logs in, opens the folder and counts; fetches, moves and makes nothing."""
    tried: list[Line] = []
    try:
        line = await connect(settings, tokens_for([settings], None, None).get(settings.oauth), tried.append)
        waiting = len(await in_thread(line.uids))
        moves, tells = line.can_move, line.can_idle
    except Trouble as trouble:
        remedy = OF_OAUTH if settings.oauth and trouble.kind == LOGIN else REMEDIES.get(trouble.kind, "see the log")
        return [Finding("wrong", f"{settings.key}: {trouble.text}; {remedy}")]
    finally:
        for one in tried:
            one.cut()
    found = [Finding("ok", f"{settings.key}: the login is accepted, {waiting} mails lie in the folder")]
    if settings.processed and not moves:
        found.append(Finding("advice", f"{settings.key}: its server cannot move mails: stored ones stay in the folder"))
    if settings.idle and not tells:
        text = f"its server does not tell of new mail: it is asked every {settings.poll_seconds:g} seconds"
        found.append(Finding("advice", f"{settings.key}: {text}"))
    return found


async def recall(
    settings: ImapSettings, span: tuple[datetime, datetime], receive: Receive, tokens: AccessTokens | None
) -> int:
    """Brings in what lies in the folders of stored mails and came in that span. Gives how many mails.

    They come without a source of their own: only their digest says whether they are known. Raises OSError while the
    server cannot be asked, NotNow while nothing can be stored.
    """
    (since, now), count = span, 0
    for folder in dict.fromkeys(filter(None, (settings.processed, settings.oversize))):
        tried: list[Line] = []
        try:
            line = await connect(settings.model_copy(update={"folder": folder}), tokens, tried.append)
            count += await _bring_in(line, settings, (since - EARLIER, now), receive)
        except Trouble as trouble:
            if trouble.kind != FOLDER:  # a folder that is not there holds nothing
                raise OSError(trouble.text) from trouble
        finally:
            for one in tried:
                one.cut()
    return count


async def _bring_in(line: Line, settings: ImapSettings, span: tuple[datetime, datetime], receive: Receive) -> int:
    since, now = span
    uids, count = await in_thread(line.uids), 0
    for start in range(0, len(uids), AT_ONCE):
        heads = await in_thread(line.heads, uids[start : start + AT_ONCE])
        for uid, head in heads.items():
            if head.stamp is not None and head.stamp < since:
                continue
            large = head.size > settings.max_size
            raws = await (in_thread(line.beginning, uid) if large else in_thread(line.bodies, [uid], head.size))
            if raw := raws.get(uid):
                cut = head.size if large and len(raw) < head.size else 0
                await receive(IncomingMail("imap", raw, received_at=received(head.stamp, now), whole_size=cut))
                count += 1
    return count
