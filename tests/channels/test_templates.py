"""The two templates as everybody is told to register them: they have one home, and the README says the same."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from zoneinfo import ZoneInfo

from bot.channels.templates import wanted
from handlers.wording import Words

ROOT = Path(__file__).parents[2]


def test_the_readme_tells_to_register_what_we_fill_in() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    templates = wanted("kakunin_notice", Words("ja", ZoneInfo("Asia/Tokyo")))
    assert [each.name for each in templates] == ["kakunin_notice", "kakunin_notice_read"]
    for each in templates:
        assert f"`{each.name}`(ボタン:クイック返信「{each.button}」)\n\n```\n{each.body}\n```" in readme


def test_asking_for_them_loads_no_http() -> None:
    code = "import sys\nfrom bot.channels import templates\nsys.exit('aiohttp' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0
