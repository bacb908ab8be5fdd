"""The options of the Telegram channel; apart from the channel itself, since reading them needs no Telegram library."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator

from channels.base import Finding

TOKEN = re.compile(r"\d{5,20}:[\w-]{30,60}")
PROXY = re.compile(r"|https?://[^\s/]+/?")


class TelegramSettings(BaseModel):
    """How the daemon talks to Telegram."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    token: SecretStr = Field(SecretStr(""), description="The bot's token, as @BotFather gave it.")
    token_file: Path | None = Field(None, description="File that holds the token instead, for its owner only.")
    base_url: str = Field(
        "https://api.telegram.org",
        pattern=r"https?://[^\s/]+(/\S*)?",
        description="Address of the Bot API, or of a Bot API server of your own.",
    )
    proxy: SecretStr = Field(
        SecretStr(""), description="Proxy to reach it, like http://user:password@host:3128; empty: none."
    )
    poll_seconds: int = Field(30, ge=1, le=50, description="Seconds that one request for updates may wait.")
    timeout: float = Field(10, gt=0, le=60, description="Seconds to connect, and again to wait for an answer.")
    per_second: float = Field(30, gt=0, description="Messages a second in all; Telegram allows about 30.")
    chat_per_second: float = Field(1, gt=0, description="Messages a second to one chat; Telegram allows 1.")
    group_per_minute: float = Field(20, gt=0, description="Messages a minute to one group; Telegram allows 20.")

    @field_validator("token")
    @classmethod
    def _is_a_token(cls, token: SecretStr) -> SecretStr:
        if token and TOKEN.fullmatch(token.get_secret_value()) is None:
            raise ValueError("is no token; write it as @BotFather gave it, like 123456789:AAE…")
        return token

    @field_validator("proxy")
    @classmethod
    def _is_a_proxy(cls, proxy: SecretStr) -> SecretStr:
        if PROXY.fullmatch(proxy.get_secret_value()) is None:
            raise ValueError("is no proxy; write it like http://user:password@host:3128")
        return proxy

    @model_validator(mode="after")
    def _one_token(self) -> Self:
        if bool(self.token) == bool(self.token_file):
            raise ValueError("needs the bot's token; write either token or token_file")
        return self

    async def check(self, *, running: bool) -> list[Finding]:  # noqa: ARG002  -- asking who we are disturbs nobody
        """Asks Telegram who the bot is; sends and fetches nothing."""
        from channels.telegram.look import look  # noqa: PLC0415  -- half a second for those who use it

        return await look(self)

    async def groups(self) -> list[tuple[int, str]]:
        """The groups that the bot has news of, (id, title), the newest last. Nothing is taken from the daemon's news.

        Raises ChannelError where Telegram does not say, such as while a daemon with this bot runs.
        """
        from channels.telegram.look import groups  # noqa: PLC0415

        return await groups(self)

    async def check_groups(self, chats: Iterable[int]) -> list[Finding]:
        """Asks Telegram what these groups are, and what the bot is there; sends nothing."""
        from channels.telegram.look import look_at_groups  # noqa: PLC0415  -- as above

        return await look_at_groups(self, chats)

    def secret(self) -> str:
        """The token. Raises OSError where its file cannot be read, ValueError where it holds none."""
        if self.token_file is None:
            return self.token.get_secret_value()
        token = self.token_file.read_text("utf-8", errors="replace").strip()
        if TOKEN.fullmatch(token) is None:
            raise ValueError("holds no token; write it into the file as @BotFather gave it, like 123456789:AAE…")
        return token
