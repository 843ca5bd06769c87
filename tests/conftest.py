"""What every test runs under."""

from __future__ import annotations

import os

from hypothesis import settings

# A build is judged by the same examples each time; at a desk every run looks for new ones.
settings.register_profile("build", derandomize=True)
if os.environ.get("CI"):
    settings.load_profile("build")
