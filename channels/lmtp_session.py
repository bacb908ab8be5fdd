"""One LMTP connection that brings mail in (RFC 2033): as by SMTP, but each recipient gets a reply of its own."""

from __future__ import annotations

from channels.smtp_session import Session


class LmtpSession(Session):
    """The server's side of one connection. A mail is taken for all of its recipients or for none."""

    greets_as = "LMTP"

    def _offered(self) -> tuple[str, ...]:
        """RFC 2033 4.1: LHLO stands for HELO and EHLO, which do not exist here."""
        return ("LHLO", *(one for one in super()._offered() if one not in {"HELO", "EHLO"}))

    async def smtp_LHLO(self, hostname: str) -> None:  # noqa: N802  -- aiosmtpd's way to name commands
        await self.smtp_EHLO(hostname)

    async def check_helo_needed(self, helo: str = "LHLO") -> bool:
        """Whether the peer has not said who it is; then it has been told so."""
        return await super().check_helo_needed("LHLO" if helo == "HELO" else helo)

    def _replies(self) -> int:
        """RFC 2033 4.2: one for each recipient that was taken, in their order, named twice or not."""
        assert self.envelope is not None  # noqa: S101  -- set by connection_made
        return len(self.envelope.rcpt_tos)
