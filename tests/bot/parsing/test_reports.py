import pytest

from bot.parsing.reports import report_headers
from bot.parsing.structure import Structure

REPORT = """Content-Type: multipart/report; report-type=delivery-status; boundary=b

--b

Sorry.
--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.com

Final-Recipient: rfc822; Anna@Example.com
Action: Delayed
Status: 4.4.1
Diagnostic-Code: smtp; 451 4.4.1 Connection Refused; try later
--b
Content-Type: message/rfc822

Message-ID: <fd.1.2.x@desk.example>
Subject: x

Message-ID: <in-the-body@example.com>
--b--
"""


def test_a_delivery_report() -> None:
    assert report_headers(Structure(REPORT.encode()), "Sorry.") == {
        "report:action": "delayed",
        "report:status": "4.4.1",
        "report:recipient": "anna@example.com",
        "report:reason": "451 4.4.1 Connection Refused; try later",
        "report:message-id": "<fd.1.2.x@desk.example>",
    }


def test_a_bounce_that_quotes_the_mail_in_its_words() -> None:
    text = "Your mail could not be delivered:\n\n> From: desk@example.com\n> Message-Id: <fd.1.2.x@desk.example>\n"
    assert report_headers(Structure(b"A: b\n\n"), text) == {"report:message-id": "<fd.1.2.x@desk.example>"}


@pytest.mark.parametrize(
    "text",
    ['[{"event":"bounce","smtp-id":"<fd.1.2.x@desk.example>"}]',
     '{"bounce":{},"mail":{"headers":[{"name":"Message-ID","value":"<fd.1.2.x@desk.example>"}]}}'],
)  # fmt: skip
def test_a_service_s_notification_names_the_mail(text: str) -> None:
    assert report_headers(Structure(b"A: b\n\n"), text) == {"report:message-id": "<fd.1.2.x@desk.example>"}


def test_a_plain_mail_reports_nothing() -> None:
    assert report_headers(Structure(b"A: b\n\nwords"), "The message-id: is missing") == {}
