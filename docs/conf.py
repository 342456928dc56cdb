"""Sphinx configuration; the version is read from the package without importing it."""

import re
from pathlib import Path

_package = Path(__file__).resolve().parent.parent / "hive_env" / "__init__.py"
_version = re.search(r'^__version__ = "(.+)"$', _package.read_text(encoding="utf-8"), re.MULTILINE)
assert _version, f"{_package} has no __version__"

project = "hive_env"
author = "The hive_env authors"
copyright = "2026, The hive_env authors"
release = version = _version[1]

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
autodoc_member_order = "bysource"
autodoc_typehints = "none"
# The page of the API is made without the libraries that are extras.
autodoc_mock_imports = ["ray", "stable_baselines3", "torch"]
default_role = "code"
myst_enable_extensions = ["deflist", "dollarmath"]
myst_heading_anchors = 3
exclude_patterns = ["_build"]

html_theme = "furo"
html_title = f"hive_env {release}"
