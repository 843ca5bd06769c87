"""What every test runs under."""

from __future__ import annotations

import os

from hypothesis import settings

# Tests start many short-lived JVMs, which spend more time on optimising code than they would ever get back.
os.environ.setdefault("JDK_JAVA_OPTIONS", "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC")

# A build is judged by the same examples each time; at a desk every run looks for new ones. How long one example takes says
# more of what else the machine does than of the code.
settings.register_profile("build", derandomize=True, deadline=None)
if os.environ.get("CI"):
    settings.load_profile("build")
