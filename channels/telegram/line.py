"""The line to the Bot API, and what its errors allow to conclude."""

from __future__ import annotations

import os

import httpx
from telegram import Bot
from telegram.error import BadRequest, ChatMigrated, Forbidden, InvalidToken, NetworkError, RetryAfter, TelegramError
from telegram.request import HTTPXRequest

from bot.domain.headers import clean_header
from channels.base import ChannelError
from channels.telegram.settings import TelegramSettings

CONNECTIONS = 40
"""At a time: what the sender may have in hand, and some answers to presses."""
UPLOAD_SECONDS = 60.0
NEVER_LEFT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError, httpx.UnsupportedProtocol)
"""With these the request has not reached the other side."""
TOO_LARGE = "(413)"
REFUSED, AWAY = "Telegram refuses the bot's token", "Telegram cannot be reached"
"""What is wrong between Telegram and us, for the administrator (docs/operating.md says what to do)."""


def make_bot(settings: TelegramSettings) -> Bot:
    """A bot that nobody has dialled yet. Raises OSError or ValueError where the token's file is no good."""
    os.environ.setdefault("PTB_TIMEDELTA", "true")  # the library's new kind of durations, without a warning at each
    return Bot(
        settings.secret(),
        base_url=settings.base_url.rstrip("/") + "/bot",
        base_file_url=settings.base_url.rstrip("/") + "/file/bot",
        request=_request(settings, CONNECTIONS),
        get_updates_request=_request(settings, 1),
    )


def _request(settings: TelegramSettings, connections: int) -> HTTPXRequest:
    seconds = settings.timeout
    return HTTPXRequest(
        connection_pool_size=connections,
        read_timeout=seconds,
        write_timeout=seconds,
        connect_timeout=seconds,
        pool_timeout=seconds,
        media_write_timeout=UPLOAD_SECONDS,
        proxy=settings.proxy.get_secret_value() or None,
    )


def failure(error: TelegramError) -> ChannelError:
    """What a failed call means for the message (reliability 2.2 "Telegram out")."""
    text = clean_header(str(error), 300)
    if isinstance(error, ChatMigrated):
        return ChannelError(text, code="400", moved_to=str(error.new_chat_id), retry_after=0.0)
    if isinstance(error, RetryAfter):
        return ChannelError(text, code="429", retry_after=seconds_of(error))
    if isinstance(error, InvalidToken):  # all messages would fail alike
        return ChannelError("401 Unauthorized", code="401", broken=True, trouble=REFUSED)
    if code := _refusal(error, text):
        return ChannelError(text, code=code, permanent=True)
    if isinstance(error.__cause__, NEVER_LEFT):
        return ChannelError(f"no connection: {type(error.__cause__).__name__}", broken=True, trouble=AWAY)
    return ChannelError(text or "no answer", unsent=False)


def _refusal(error: TelegramError, text: str) -> str:
    """The code of a refusal for good, or ""."""
    if isinstance(error, Forbidden):
        return "403"
    if isinstance(error, BadRequest):
        return "400"
    return "413" if isinstance(error, NetworkError) and TOO_LARGE in text else ""


def seconds_of(error: RetryAfter) -> float:
    """How long Telegram asked us to wait."""
    wait = error.retry_after
    return float(wait if isinstance(wait, int) else wait.total_seconds())


def says(error: TelegramError, *words: str) -> bool:
    """Whether a refusal is one of these; the library changes capitals and underscores."""
    text = str(error).casefold().replace("_", " ")
    return any(word in text for word in words)
