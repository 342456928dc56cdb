"""Print a command of the README, so that CI runs what a reader copies.

The block is the fenced one that follows the line ``<!-- ci: NAME -->``.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

README = Path(__file__).resolve().parent.parent / "README.md"


def block(name: str, text: str) -> str:
    """Return the body of the one block called ``name``."""
    pattern = rf"^<!-- ci: {re.escape(name)} -->\n+```\w+\n(.*?)^```$"
    found = re.findall(pattern, text, flags=re.MULTILINE | re.DOTALL)
    if len(found) != 1:
        raise SystemExit(f"README.md: expected one block marked 'ci: {name}', found {len(found)}")
    return found[0]


if __name__ == "__main__":
    if len(sys.argv) != 2:
        raise SystemExit("usage: readme_block.py NAME")
    sys.stdout.write(block(sys.argv[1], README.read_text(encoding="utf-8")))
