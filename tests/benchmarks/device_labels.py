"""How long it takes to find which of many devices a mail names, with the index of their labels and without it.

    python -m tests.benchmarks.device_labels [--devices 20000]

Prints milliseconds, the best of seven, for texts of 3, 30 and 200 words that may be labels; the last one is.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

from sqlalchemy import Connection, insert, text

sys.path.insert(0, str(Path(__file__).parents[2]))

from bot.domain.devices import labels_in
from storage import hardware
from storage.hardware_models import asset
from storage.migrate import bring_up
from storage.models import customer
from storage.store import Store

WORDS = (3, 30, 200)


def best(db: Connection, words: int, named: str) -> float:
    """Milliseconds of one look-up that finds one device."""
    labels = labels_in(" ".join([*(f"word{number}" for number in range(words - 1)), named]))
    took = []
    for _ in range(7):
        begun = time.perf_counter()
        found = hardware.assets_by_tags(db, 1, labels)
        took.append(time.perf_counter() - begun)
        assert len(found) == 1
    return min(took) * 1000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--devices", type=int, default=20_000)
    devices = parser.parse_args().devices
    with tempfile.TemporaryDirectory() as folder:
        store = Store(f"sqlite:///{folder}/desk.db")
        bring_up(store.writing)
        with store.writing.begin() as db:
            db.execute(insert(customer), [{"id": 1, "key": "acme"}])
            rows = [{"customer_id": 1, "tag": f"PC-{number:06}", "kind": "PC"} for number in range(devices)]
            db.execute(insert(asset), rows)
            for title in ("with the index", "without it"):
                seen = ", ".join(f"{words} words {best(db, words, f'pc-{devices // 2:06}'):.2f} ms" for words in WORDS)
                print(f"{devices} devices, {title}: {seen}")
                db.execute(text("DROP INDEX IF EXISTS ix_asset_label"))


if __name__ == "__main__":
    main()
