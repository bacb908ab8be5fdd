"""Measures how well stored mails are read: `python tests/benchmarks/reading.py FOLDER`.

Beside the mails lies `labels.jsonl`, what each should be taken for: a line `{"file": "1.eml", "kind": "human", "subject":
"…", "sender": "a@b.example", "text": "…", "quoted": "…", "attachments": ["scan.pdf"]}`. What a label leaves out is not
judged; `kind` is human, automatic or bounce. Texts are compared by line, blanks apart; what is in neither `text` nor
`quoted`, as a signature, may stay or go. Each difference is printed, then the figures.
"""

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
PLAIN = ("subject", "sender", "attachments")


def rows_of(folder: Path) -> dict[str, dict[str, Any]]:
    """What `faultdesk parse` says of each mail, by the name of its file."""
    command = [sys.executable, "-m", "bot", "parse", str(folder), "--jsonl"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    return {Path(row["file"]).name: row for row in map(json.loads, done.stdout.splitlines())}


def words(text: str) -> list[str]:
    return [line for line in (" ".join(line.split()) for line in text.splitlines()) if line]


def judge(label: dict[str, Any], row: dict[str, Any], counts: Counter[str]) -> dict[str, Any]:
    """The differences; counts right ones under the name of a figure, and all under `of` with it."""
    found: dict[str, Any] = {}
    got = {"kind": "human" if row["kind"] == "no-answer" else row["kind"], "subject": row["subject"]}
    got |= {"sender": row["sender"], "attachments": [file["name"] for file in row["attachments"]]}
    counts["of read"] += 1
    counts["read"] += row["outcome"] != "error"
    for name in ("kind", *PLAIN):
        if name in label:
            figure = f"{label['kind']} mail" if name == "kind" else name
            counts[f"of {figure}"] += 1
            counts[figure] += got[name] == label[name]
            if got[name] != label[name]:
                found[name] = (label[name], got[name])
    if "text" in label:
        left, wanted = set(words(row["text"])), words(label["text"])
        old = [line for line in words(label.get("quoted", "")) if line not in wanted]
        lost, stayed = [line for line in wanted if line not in left], [line for line in old if line in left]
        counts["of lines kept"] += len(wanted)
        counts["lines kept"] += len(wanted) - len(lost)
        counts["of quoted lines gone"] += len(old)
        counts["quoted lines gone"] += len(old) - len(stayed)
        counts["of precision of what went"] += len(old) - len(stayed) + len(lost)
        counts["precision of what went"] += len(old) - len(stayed)
        counts["of mails exact"] += 1
        counts["mails exact"] += not lost and not stayed
        found |= {name: lines for name, lines in (("lost", lost), ("stayed", stayed)) if lines}
    return found


def main() -> None:
    folder = Path(sys.argv[1])
    rows, counts = rows_of(folder), Counter[str]()
    for line in (folder / "labels.jsonl").read_text().splitlines():
        label = json.loads(line)
        if differences := judge(label, rows[label["file"]], counts):
            print(label["file"], json.dumps(differences, ensure_ascii=False))
    for name in [name for name in counts if f"of {name}" in counts]:
        right, of = counts[name], counts[f"of {name}"]
        print(f"{name}: {right} of {of}" + (f" = {100 * right / of:.1f} %" if of else ""))


if __name__ == "__main__":
    main()
