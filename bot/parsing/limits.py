"""How much of a mail is read (reliability 2.2): over a limit, the rest is cut and noted, and nothing is refused."""

FIELDS = 1000
PARAMETERS = 2 * 1024
ORIGINATOR = 1024
RECIPIENTS = 8 * 1024
MAILBOXES = 100
SUBJECT = 4 * 1024
REFERENCES = 16 * 1024
IDS = 20
MESSAGE_ID = 998
HEADER_VALUE = 1024
AUTHENTICATION = 8 * 1024
PARTS = 200
DEPTH = 20
TEXT = 1024 * 1024
HTML = 512 * 1024
FILE_NAME = 120
FILES_INSIDE = 100
OPENED = (20, 3)
"""How many forwarded or signed mails of a mail are opened, and how many of each of these."""
