"""storage.lock: one daemon a folder, and the lock ends with its process."""

import subprocess
import sys
from pathlib import Path

import pytest

from storage.lock import Lock, TakenError

HOLD = "import sys, time; from pathlib import Path; from storage.lock import Lock; "
HOLD += "held = Lock(Path(sys.argv[1])); print('held', flush=True); time.sleep(60)"


def test_a_second_one_hears_who_has_it_until_that_process_is_killed(tmp_path: Path) -> None:
    path = tmp_path / "faultdesk.lock"
    holder = subprocess.Popen([sys.executable, "-c", HOLD, str(path)], stdout=subprocess.PIPE, text=True)
    assert holder.stdout is not None
    assert holder.stdout.readline() == "held\n"
    with pytest.raises(TakenError, match=str(holder.pid)):
        Lock(path)
    holder.kill()
    holder.wait()
    Lock(path).close()
