"""Where the daemon can be made to die, by the test file that makes it die there; `test_failpoints.py` has all the rest.

Each file takes its places from here and kills at every one of them, so a place cannot be in here and be tried by nobody.
"""

from bot.domain.failpoints import POINTS

OF_TELEGRAM = ("telegram.stored", "telegram.said")
OF_FILES = ("files.brought",)
OF_MAILBOX = ("imap.moved",)
OF_RESTORE = ("restore.prepared", "restore.replaced")
OF_HOLD = ("hold.fed",)
OF_PRINTER = ("printer.begun", "printer.done")
OF_THE_STORY = tuple(sorted(set(POINTS) - {*OF_TELEGRAM, *OF_FILES, *OF_MAILBOX, *OF_RESTORE, *OF_HOLD, *OF_PRINTER}))
