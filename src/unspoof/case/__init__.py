"""The Python door and the only orchestrator."""
