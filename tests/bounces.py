"""Delivery reports as mail servers write them (RFC 3464), made up for tests."""

DOMAIN = "voorbeeld.example"

_REPORT = """\
From: MAILER-DAEMON@post.example
To: feedback@voorbeeld.example
Subject: Undelivered Mail Returned to Sender
MIME-Version: 1.0
Content-Type: multipart/report; {kind}; boundary="grens"

--grens
Content-Type: text/plain; charset=utf-8

This is the mail system. <iemand@voorbeeld.example>: unknown user

--grens
Content-Type: message/delivery-status

Reporting-MTA: dns; post.example
Arrival-Date: Mon, 30 Nov 2026 09:00:00 +0000

Final-Recipient: rfc822; iemand@voorbeeld.example
Action: {action}
Status: {status}
Diagnostic-Code: smtp; 550 5.1.1 <iemand@voorbeeld.example>: unknown user

--grens
Content-Type: {returned}

From: feedback@voorbeeld.example
To: iemand@voorbeeld.example
Subject: Dag
Message-ID: <{key}@{domain}>

--grens--
"""


def report(
    key: str,
    action: str = "failed",
    status: str = "5.1.1",
    returned: str = "text/rfc822-headers",
    domain: str = DOMAIN,
    kind: str = "report-type=delivery-status",
) -> bytes:
    """A report about the letter with this key."""
    filled = _REPORT.format(
        key=key, action=action, status=status, returned=returned, domain=domain, kind=kind
    )
    return filled.replace("\n", "\r\n").encode()
