"""Mails that claim to be somebody's (reliability G18): sixty ways, most of them tried on real systems, and none gains anything."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from tests.stories.story import Heard, Story
from tests.stories.test_by_mail import ANNA, BOB, BORDER, PROOF, desk_by_mail, outcomes
from tests.stories.test_operations import on_sqlite

__all__ = ["desk_by_mail"]
Begin = Callable[..., Story]

AR = "Authentication-Results"
FAIL = f"{AR}: {BORDER}; spf=fail smtp.mailfrom=x@elsewhere.example; dmarc=fail header.from=staff.example"
EVE_PASS = f"{AR}: {BORDER}; spf=pass smtp.mailfrom=eve@elsewhere.example; dmarc=pass header.from=elsewhere.example"
FORGED = f"{AR}: {PROOF}"
EVE = "From: Eve <eve@elsewhere.example>"
AS_ANNA = f"From: {ANNA}"
AS_BOB = f"From: {BOB}"
HERS = "In-Reply-To: {hers}\nReferences: {hers}"  # the id of the mail that Anna got: it has leaked
HIS = "In-Reply-To: {his}\nReferences: {his}"  # of the mail that Bob got
TAG = "Subject: Re: [FD-1] Printer jam"

STAFF_ROWS: dict[str, str] = {
    # the From of a colleague, without the border's word for it
    "her From alone": f"{AS_ANNA}\n{HERS}",
    "her From, DMARC fails": f"{FAIL}\n{AS_ANNA}\n{HERS}",
    "her From, SPF passes for another domain": f"{AR}: {BORDER}; spf=pass smtp.mailfrom=eve@elsewhere.example\n{AS_ANNA}\n{HERS}",
    "her From, DKIM passes for another domain": f"{AR}: {BORDER}; dkim=pass header.d=elsewhere.example\n{AS_ANNA}\n{HERS}",
    "her From, an empty envelope": f"{AR}: {BORDER}; spf=pass smtp.helo=elsewhere.example; dmarc=none\n{AS_ANNA}\n{HERS}",
    "her From, a domain without a policy": f"{AR}: {BORDER}; dmarc=none header.from=staff.example\n{AS_ANNA}\n{HERS}",
    "her From, DMARC passes for a subdomain": f"{AR}: {BORDER}; dmarc=pass header.from=x.staff.example\n{AS_ANNA}\n{HERS}",
    "her From, the verdict is temporary": f"{AR}: {BORDER}; dmarc=temperror header.from=staff.example\n{AS_ANNA}\n{HERS}",
    # a verdict that the sender wrote
    "a forged verdict below the border's": f"{FAIL}\n{FORGED}\n{AS_ANNA}\n{HERS}",
    "a forged verdict of another server on top": f"{AR}: mx.evil.example; dmarc=pass header.from=staff.example\n{FORGED}\n{AS_ANNA}\n{HERS}",
    "a verdict in an older header": f"{FAIL}\nARC-{AR}: i=1; {PROOF}\n{AS_ANNA}\n{HERS}",
    "a verdict in X-headers": f"X-{AR}: {PROOF}\nX-Original-{AR}: {PROOF}\n{AS_ANNA}\n{HERS}",
    "a verdict in Received-SPF": f"{FAIL}\nReceived-SPF: pass (staff.example: domain of anna@staff.example)\n{AS_ANNA}\n{HERS}",
    "a verdict in a comment": f"{AR}: {BORDER}; dmarc=fail (dmarc=pass header.from=staff.example) header.from=staff.example\n{AS_ANNA}\n{HERS}",
    "a verdict in the envelope sender": f'{AR}: {BORDER}; spf=pass smtp.mailfrom="x; dmarc=pass header.from=staff.example"\n{AS_ANNA}\n{HERS}',
    "a bracket that swallows the rest": f"{AR}: {BORDER}; dmarc=fail header.from=staff.example(.elsewhere.example; dmarc=pass header.from=staff.example\n{AS_ANNA}\n{HERS}",
    "a quote that swallows the rest": f'{AR}: {BORDER}; dmarc=fail header.from="staff.example\n{AS_ANNA}\n{HERS}',
    "a name that begins like the border": f"{AR}: {BORDER}.elsewhere.example; dmarc=pass header.from=staff.example\n{AS_ANNA}\n{HERS}",
    "a verdict folded over lines": f"{AR}: mx.evil.example;\n {BORDER}; dmarc=pass header.from=staff.example\n{AS_ANNA}\n{HERS}",
    "two verdicts in one": f"{AR}: {BORDER}; dmarc=pass header.from=staff.example; dmarc=fail header.from=staff.example\n{AS_ANNA}\n{HERS}",
    # DMARC passes, but for the domain of somebody else, whose From looks like hers
    "her name": f"{EVE_PASS}\nFrom: Anna <eve@elsewhere.example>\n{HERS}",
    "her address as a name": f'{EVE_PASS}\nFrom: "anna@staff.example" <eve@elsewhere.example>\n{HERS}',
    "her address before the address": f"{EVE_PASS}\nFrom: anna@staff.example <eve@elsewhere.example>\n{HERS}",
    "her address as an encoded name": f"{EVE_PASS}\nFrom: =?utf-8?q?anna=40staff=2Eexample?= <eve@elsewhere.example>\n{HERS}",
    "her address as an encoded address": f"{EVE_PASS}\nFrom: =?utf-8?q?=3Canna=40staff=2Eexample=3E?= <eve@elsewhere.example>\n{HERS}",
    "a name with a line end in it": f"{EVE_PASS}\nFrom: =?utf-8?q?x=0AFrom:_anna=40staff.example?= <eve@elsewhere.example>\n{HERS}",
    "her address in a comment": f"{EVE_PASS}\nFrom: (anna@staff.example) eve@elsewhere.example\n{HERS}",
    "two addresses": f"{EVE_PASS}\nFrom: anna@staff.example, eve@elsewhere.example\n{HERS}",
    "two addresses the other way": f"{EVE_PASS}\nFrom: eve@elsewhere.example, anna@staff.example\n{HERS}",
    "two From headers": f"{EVE_PASS}\n{EVE}\n{AS_ANNA}\n{HERS}",
    "two From headers the other way": f"{EVE_PASS}\n{AS_ANNA}\n{EVE}\n{HERS}",
    "a From header with a space before its colon": f"{EVE_PASS}\nFrom : {ANNA}\n{EVE}\n{HERS}",
    "a From header with a space before it": f"{EVE_PASS}\n{EVE}\n From: {ANNA}\n{HERS}",
    "a route": f"{EVE_PASS}\nFrom: <@elsewhere.example:anna@staff.example>\n{HERS}",
    "a group": f"{EVE_PASS}\nFrom: staff:anna@staff.example;\n{HERS}",
    "a quoted local part": f'{EVE_PASS}\nFrom: "anna@staff.example"@elsewhere.example\n{HERS}',
    "a local part with a bracket": f'{EVE_PASS}\nFrom: "anna@staff.example>x"@elsewhere.example\n{HERS}',
    "letters that look like hers": f"{EVE_PASS}\nFrom: Anna <аnna@staff.example>\n{HERS}",
    "a domain that looks like hers": f"{EVE_PASS}\nFrom: Anna <anna@stаff.example>\n{HERS}",
    "a domain that begins like hers": f"{AR}: {BORDER}; dmarc=pass header.from=staff.example.elsewhere.example\nFrom: anna@staff.example.elsewhere.example\n{HERS}",
    "a subdomain of hers": f"{AR}: {BORDER}; dmarc=pass header.from=x.staff.example\nFrom: anna@x.staff.example\n{HERS}",
    "an address with a tag": f"{FORGED}\nFrom: anna+x@staff.example\n{HERS}",
    "a colleague who does not exist": f"{FORGED}\nFrom: zoe@staff.example\n{HERS}",
    # identity in other headers
    "Sender": f"{EVE_PASS}\n{EVE}\nSender: anna@staff.example\n{HERS}",
    "Reply-To": f"{EVE_PASS}\n{EVE}\nReply-To: anna@staff.example\n{HERS}",
    "Resent-From": f"{EVE_PASS}\n{EVE}\nResent-From: anna@staff.example\n{HERS}",
    "Return-Path and X-Original-From": f"{EVE_PASS}\n{EVE}\nReturn-Path: <anna@staff.example>\nX-Original-From: anna@staff.example\n{HERS}",
    "headers that ask for power": f"{EVE_PASS}\n{EVE}\nX-Faultdesk-Person: anna\nX-Faultdesk-Command: take 1\nX-RT-Owner: anna\n{HERS}",
    "no From at all": f"{EVE_PASS}\nSender: anna@staff.example\n{HERS}",
    "a group without members": f"{EVE_PASS}\nFrom: undisclosed-recipients:;\n{HERS}",
    # it is she, by all proofs, but no mail to her is answered
    "no token": f"{FORGED}\n{AS_ANNA}\n{TAG}",
    "the token of the requester's mail": f"{FORGED}\n{AS_ANNA}\n{HIS}",
    "the token of her mail, one letter changed": f"{FORGED}\n{AS_ANNA}\nIn-Reply-To: {{changed}}",
    "the token of her mail for another ticket": f"{FORGED}\n{AS_ANNA}\nIn-Reply-To: {{other}}",
    "a made-up token": f"{FORGED}\n{AS_ANNA}\nIn-Reply-To: <fd.1.1.{'a' * 32}@desk.example>",
    "an empty token": f"{FORGED}\n{AS_ANNA}\nIn-Reply-To: <fd.1.1.@desk.example>",
    "another colleague, by all proofs, with her token": f"{FORGED}\nFrom: Ben <ben@staff.example>\n{HERS}",
}  # fmt: skip
REQUESTER_ROWS: dict[str, str] = {
    "his From and the tag": f"{AS_BOB}\n{TAG}",
    "his From and a made-up token": f"{AS_BOB}\nIn-Reply-To: <fd.1.1.{'a' * 32}@desk.example>",
    "his From and his token, one letter changed": f"{AS_BOB}\nIn-Reply-To: {{his_changed}}",
    "his From and his token for another ticket": f"{AS_BOB}\nIn-Reply-To: {{his_other}}\n{TAG}",
    "his From and his own mail's id": f"{AS_BOB}\nIn-Reply-To: <first@customer.example>",
    "a stranger with his token": f"{EVE}\n{HIS}",
    "a stranger with his token, who sends for him": f"{EVE}\nSender: bob@customer.example\nReply-To: bob@customer.example\n{HIS}",
    "a stranger with the tag": f"{EVE}\n{TAG}",
    "his address before the address": f"From: bob@customer.example <eve@elsewhere.example>\n{HIS}",
    "his domain's beginning": f"From: bob@customer.example.elsewhere.example\n{HIS}",
}  # fmt: skip


def forged_ids(mail: Heard) -> tuple[str, str]:
    """The mail's id with one letter of its token changed, and for another ticket."""
    known = str(mail.mail["Message-ID"])
    before, token = re.fullmatch(r"(<fd\.1\.\w+\.)(\w+)@.*", known).groups()  # type: ignore[union-attr]
    letter = "b" if token[0] == "a" else "a"
    return known.replace(before + token, before + letter + token[1:]), known.replace("<fd.1.", "<fd.2.")


async def gained(desk: Story, number: int) -> list[str]:
    """What is not as it was: that is nothing, ever."""
    found = []
    ticket = await desk.ticket()
    if (ticket.state, ticket.requester_address) != ("dispatched", "bob@customer.example"):
        found.append(f"FD-1 is {ticket.state} for {ticket.requester_address}")
    kind = (await outcomes(desk))[-1]
    if kind not in {"held", "ticket", "comment", "automatic"}:
        found.append(f"it was taken for a {kind}")
    if len(await outcomes(desk)) != number:
        found.append("it is not in the inbox")
    for heard in desk._unheard:
        if heard.row.audience == "requester":
            mail: Any = heard.mail
            if heard.row.ticket_id == ticket.id or mail["Cc"] or mail["Bcc"]:
                found.append(f"a mail about FD-1 or to others: {heard}")
        elif heard.row.kind not in {"card", "held", "held_own", "answer", "answer_group", "flood"}:
            found.append(f"somebody heard {heard}")
    desk.forget()
    return found


@on_sqlite
async def test_no_spoofed_mail_gains_anything(desk_by_mail: Begin) -> None:
    """FD-1 stays as it is, no command is carried out, nobody but who is asked for approval hears of it on that ticket."""
    assert len(STAFF_ROWS) + len(REQUESTER_ROWS) >= 60
    async with desk_by_mail(mail={"authserv_id": BORDER}) as desk:
        await desk.mail(BOB, "Printer jam", message_id="<first@customer.example>")
        his = desk.hears("requester", "confirmation")
        await desk.says("desk", "/assign 1 anna")
        hers = desk.hears("anna@staff.example", "assignment", "FD-1")
        desk.forget()
        changed, other = forged_ids(hers)
        his_changed, his_other = forged_ids(his)
        ids = {"hers": hers.mail["Message-ID"], "his": his.mail["Message-ID"], "changed": changed, "other": other,
               "his_changed": his_changed, "his_other": his_other}  # fmt: skip
        wrong: dict[str, list[str]] = {}
        rows = [(name, row, "/take 1\n\n/solve 1 done") for name, row in STAFF_ROWS.items()]
        rows += [(name, row, "已解决") for name, row in REQUESTER_ROWS.items()]
        for number, (name, row, words) in enumerate(rows):
            headers = row.format(**ids) + ("" if "Subject:" in row else "\nSubject: Re: Printer jam")
            raw = f"{headers}\nTo: fault@desk.example\nMessage-ID: <{number}@elsewhere.example>\n\n{words}\n"
            await desk.raw_mail(raw.encode(), f"e{number}@elsewhere.example")
            if found := await gained(desk, number + 2):
                wrong[name] = found
        assert wrong == {}
        proved = f"{FORGED}\n{AS_ANNA}\n{HERS.format(**ids)}"  # this time the border has written it
        await desk.raw_mail(f"{proved}\nSubject: Re: Printer jam\n\n/take 1\n".encode(), "anna@staff.example")
        assert ((await desk.ticket()).state, (await outcomes(desk))[-1]) == ("accepted", "command")
        his_own = f"{AS_BOB}\n{HIS.format(**ids)}\nSubject: Re: Printer jam\n\n已解决\n"
        await desk.raw_mail(his_own.encode(), "bob@customer.example")
        assert (await desk.ticket()).state == "solved", (
            "who has all proofs is let in: else the rows would prove nothing"
        )
        desk.forget()
