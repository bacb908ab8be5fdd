"""Who may send us mail by SMTP and how much: the settings, our own addresses, the memory budget."""

from __future__ import annotations

import os
import re
import ssl
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from channels.base import Finding, try_port

MIB = 2**20
SMALL = 64 * 1024
"""Bytes up to which a mail is small: nearly all that people write without a file."""
LONGEST_PATH = 107
POSTMASTER = "postmaster"
ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]"
DOMAIN = rf"(?:{ATOM}{{1,255}}|\[[0-9A-Za-z:.]{{1,64}}\])"
PATH = re.compile(rf'{ATOM}{{1,128}}(?:@{DOMAIN})?|"[^"\\]{{1,128}}"@{DOMAIN}')
ROUTED = re.compile(r'[%!":]|@.*@')


def network(value: str) -> str:
    """An address or a network. Raises ValueError with how to write one."""
    try:
        ip_network(value)
    except ValueError:
        raise ValueError("write an address or a network, like 192.0.2.10 or 192.0.2.0/28") from None
    return value


class SmtpInSettings(BaseModel):
    """How the daemon receives mail by SMTP."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    enabled: bool = Field(
        default=True, description="Whether mail is received by SMTP at all; false needs a mailbox in [[mail.imap]]."
    )
    protocol: Literal["smtp", "lmtp"] = Field(
        "smtp", description="smtp, or lmtp (RFC 2033) for a mail server that relays to us."
    )
    host: str = Field("127.0.0.1", description="Address to listen on.")
    port: int = Field(2525, ge=0, le=65535, description="Port to listen on; 0 takes any free one.")
    socket: Path | None = Field(None, description="Unix socket to listen on instead of address and port.")
    hostname: str = Field("faultdesk", pattern=r"^[A-Za-z0-9.-]{1,253}$", description="Name told to other servers.")
    addresses: tuple[str, ...] = Field(
        ("fault@localhost",),
        description="Addresses to accept mail for, with name+tag@ and postmaster@; @example.com accepts a domain.",
    )
    max_size: int = Field(35 * MIB, ge=64 * 1024, description="Largest mail in bytes.")
    max_recipients: int = Field(50, ge=1, description="Recipients of one mail.")
    max_connections: int = Field(50, ge=1, description="Connections at a time.")
    max_per_ip: int = Field(5, ge=1, description="Connections at a time from one address; this machine is exempt.")
    proxy_from: tuple[Annotated[str, AfterValidator(network)], ...] = Field(
        (), description="Addresses or networks of load balancers that use the PROXY protocol (v1, v2)."
    )
    max_errors: int = Field(20, ge=1, description="Refused commands after which a connection is closed.")
    idle_timeout: float = Field(60, gt=0, description="Seconds without a command, or for 64 KiB of a mail.")
    session_timeout: float = Field(600, gt=0, description="Seconds that one connection may last.")
    stop_timeout: float = Field(2, ge=0, description="Seconds for a mail in transit to arrive when the daemon stops.")
    data_in_flight: int = Field(64 * MIB, ge=64 * 1024, description="Bytes of unfinished mails held in memory in all.")
    tls_cert: Path | None = Field(None, description="Certificate chain (PEM); with it, STARTTLS is offered.")
    tls_key: Path | None = Field(None, description="Key of the certificate (PEM).")

    async def check(self, *, running: bool) -> list[Finding]:
        """Whether the port or the socket can be taken and the certificate be used."""
        place = try_socket(self.socket, running=running) if self.socket else None
        findings = [place or try_port(self.host, self.port, running=running)]
        return [*findings, try_certificate(self.tls_cert, self.tls_key)] if self.tls_cert else findings


def try_socket(path: Path, *, running: bool) -> Finding:
    """Whether the daemon can listen at that path."""
    if len(os.fsencode(path)) > LONGEST_PATH:
        return Finding("wrong", f"{path} is longer than the {LONGEST_PATH} bytes that a socket's path may have")
    if not os.access(path.parent, os.W_OK | os.X_OK):
        return Finding("wrong", f"cannot make a socket in {path.parent}: make that folder, or mend its rights")
    if path.exists() and not path.is_socket():
        return Finding("wrong", f"{path} is there and no socket: take it away, or choose another path")
    return Finding("ok", f"the running daemon listens on {path}" if running else f"{path} can be listened on")


def try_certificate(chain: Path, key: Path | None) -> Finding:
    """Whether a certificate and its key belong together."""
    try:
        ssl.create_default_context(ssl.Purpose.CLIENT_AUTH).load_cert_chain(chain, key)
    except (ssl.SSLError, OSError) as error:
        return Finding("wrong", f"{chain} and {key} are no certificate with its key ({error.strerror or error})")
    return Finding("ok", f"{chain} fits its key: STARTTLS is offered")


def bare_address(path: str) -> str | None:
    """The address of a MAIL or RCPT path without its brackets: "<>" for the null sender, None when malformed.

    A bare local part (`<root>`) is let through, since UPS and RAID cards send it; a source route is not.
    """
    if path == "<>":
        return path
    if path.startswith("<") != path.endswith(">"):
        return None
    address = path.removeprefix("<").removesuffix(">")
    return address if PATH.fullmatch(address) else None


class OwnAddresses:
    """Answers whether a recipient is ours. Relaying to anybody else does not exist (reliability 3 B 57).

    A server's postmaster is, with one of our domains or with none (RFC 5321 4.5.1): his mail is a mail like any other.
    """

    def __init__(self, addresses: tuple[str, ...]) -> None:
        own = {address.lower() for address in addresses}
        self._own = own | {f"{POSTMASTER}@{address.rpartition('@')[2]}" for address in own}

    def __contains__(self, recipient: str) -> bool:
        if ROUTED.search(recipient):
            return False
        local, _, domain = recipient.lower().rpartition("@")
        if not local:
            return recipient.lower() == POSTMASTER
        names = (f"{local}@{domain}", f"{local.partition('+')[0]}@{domain}", f"@{domain}")
        return any(name in self._own for name in names)


class Budget:
    """Bytes of mail that all connections together may hold in memory.

    Mails over SMALL leave `reserve` of them free: however many of those come, a small one is not put off.
    """

    def __init__(self, size: int, reserve: int = 0) -> None:
        self.size = size
        self.reserve = reserve
        self.used = 0

    def take(self, amount: int, held: int = 0) -> bool:
        """Takes the bytes, for a mail that holds some already, if there is room for all of them."""
        room = self.size - (self.reserve if held + amount > SMALL else 0)
        if self.used + amount > room:
            return False
        self.used += amount
        return True

    def give_back(self, amount: int) -> None:
        self.used -= amount
