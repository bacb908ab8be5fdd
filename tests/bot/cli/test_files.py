"""Names of saved files: never outside the folder, never hidden, never too long (reliability 3 A 33, 34)."""

from pathlib import Path

import pytest

from bot.cli.files import safe_name, write


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("photo.png", "photo.png"),
        ("../../etc/cron.d/x", "x"),
        ("C:\\Windows\\x.exe", "x.exe"),
        ("..", "file"),
        ("", "file"),
        (" . ", "file"),
        (".htaccess", "htaccess"),
        ("\u200b.htaccess", "htaccess"),
        ("a\0b\n.txt", "ab.txt"),
        ("/", "file"),
    ],
)
def test_a_safe_name(name: str, expected: str) -> None:
    assert safe_name(name) == expected


@pytest.mark.parametrize("name", ["打" * 120 + ".png", "x" * 300, "x." + "y" * 300, "." + "打" * 300])
def test_a_long_name_fits_every_file_system(tmp_path: Path, name: str) -> None:
    assert write(tmp_path, name, b"1").parent == tmp_path
    assert write(tmp_path, name, b"2").name.startswith("2-")


def test_a_link_in_the_folder_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "photo.png").symlink_to(tmp_path / "elsewhere")
    assert write(tmp_path, "photo.png", b"1").name == "2-photo.png"
    assert not (tmp_path / "elsewhere").exists()
