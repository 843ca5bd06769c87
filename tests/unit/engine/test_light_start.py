"""What no command but one on Spark needs is not loaded."""

from __future__ import annotations

import subprocess
import sys


def test_commands_start_without_sqlglot_and_pyspark() -> None:
    """SQLGlot and PySpark take longer to load than most commands to run; they wait until Spark is asked for."""
    code = "import sys, unspoof.cli; print([n for n in ('sqlglot', 'pyspark', 'py4j') if n in sys.modules])"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert ran.stdout.strip() == "[]"
