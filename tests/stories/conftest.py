"""A fresh story for each test."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.stories.story import Story


@pytest.fixture
def story(tmp_path: Path) -> Callable[..., Story]:
    """Begins a story: `async with story() as desk`. Takes a start instant and sections of the configuration."""

    def begin(**how: Any) -> Story:
        return Story(tmp_path / "desk", **how)

    return begin
