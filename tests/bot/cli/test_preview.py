"""Messages can be looked at before they are sent, and texts of one's own tried."""

import base64
import io
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from tests.parts.patience import PATIENCE


def faultdesk(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "bot", "--config", str(folder / "config.toml"), *words]
    browser = {**os.environ, "BROWSER": "true", "TMPDIR": str(folder)}
    return subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=False, env=browser)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A configuration whose texts lie in `texts` beside it."""
    (tmp_path / "config.toml").write_text('[desk]\norganisation = "Acme"\ntemplates = "texts"\n')
    (tmp_path / "texts" / "en").mkdir(parents=True)
    return tmp_path


def test_a_message_is_shown_in_the_language_asked_for(folder: Path) -> None:
    said = faultdesk(folder, "preview", "confirmation", "--locale", "zh")
    assert said.returncode == 0, said.stderr
    assert "您的报障" in said.stdout
    assert "Acme" in said.stdout


def test_without_a_kind_all_are_named_and_an_unknown_one_gets_advice(folder: Path) -> None:
    assert "confirmation" in faultdesk(folder, "preview").stdout.split()
    refused = faultdesk(folder, "preview", "confirmaton")
    assert refused.returncode == 2
    assert "faultdesk preview" in refused.stderr


def test_the_page_of_a_sheet_shows_its_picture(folder: Path) -> None:
    said = faultdesk(folder, "preview", "sheet", "--locale", "en", "--open")
    page = Path(said.stdout.partition("the page: ")[2].strip()).read_text("utf-8")
    (picture,) = re.findall(r'src="data:image/jpeg;base64,([^"]+)"', page)
    assert Image.open(io.BytesIO(base64.b64decode(picture))).size == (160, 90)
    assert "cid:" not in page


def test_a_text_of_ones_own_is_used_and_what_it_lacks_is_ours(folder: Path) -> None:
    own = folder / "texts" / "en" / "confirmation.j2"
    own.write_text("{% block text %}Hello from Acme: {{ number }}.{% endblock %}")
    said = faultdesk(folder, "preview", "confirmation", "--locale", "en")
    assert said.returncode == 0, said.stdout
    assert "Hello from Acme: FD-7." in said.stdout
    assert "[FD-7] Received" in said.stdout


def test_one_that_fails_is_named_and_ours_goes_out(folder: Path) -> None:
    (folder / "texts" / "en" / "confirmation.j2").write_text("{% block text %}{{ nobody_knows_this }}{% endblock %}")
    (folder / "texts" / "en" / "confirmaton.j2").write_text("a slip of the pen")
    (folder / "texts" / "en" / "phrases.toml").write_text('[level]\nvipp = "Gold"\n')
    (folder / "texts" / "_layout.text.j2").write_text("-- Acme")
    (folder / "texts" / "en" / "breach.j2").write_text("{% block words %}in a block that is none{% endblock %}")
    (folder / "texts" / "en" / "reply.j2").write_text("{% block text %}{{ text }}{% endblock %}")
    said = faultdesk(folder, "preview", "confirmation", "--locale", "en")
    assert said.returncode == 1
    assert "has arrived" in said.stdout
    assert "nobody_knows_this" in said.stdout
    checked = faultdesk(folder, "check").stdout
    assert "your own text of en/confirmation" in checked
    assert "stands for no text; is en/confirmation.j2 meant?" in checked
    assert "phrases.toml: level.vipp stands for no phrase; is level.vip meant?" in checked
    assert "_layout.text.j2 takes in no {{ content }}: every mail would be empty" in checked
    assert "_layout.text.j2 takes in no {{ marker }}" in checked
    assert "en/breach.j2 has none of the blocks html, subject, text: it changes nothing" in checked
    assert "en/reply.j2 changes the plain text; its block html, which most mail programs show, is still ours" in checked


def test_it_reaches_no_file_and_no_python(folder: Path) -> None:
    """A customer's text is sandboxed: it sees the facts and nothing else."""
    own = folder / "texts" / "en" / "confirmation.j2"
    for words in ("{{ ''.__class__.__mro__ }}", "{% include '../config.toml' %}", "{% include '/etc/passwd' %}"):
        own.write_text("{% block text %}SEEN " + words + "{% endblock %}")
        said = faultdesk(folder, "preview", "confirmation", "--locale", "en")
        assert said.returncode == 1, said.stdout
        assert "SEEN" not in said.stdout
