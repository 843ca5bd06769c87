"""One file per shape of file; a reader that is not in CONTAINERS fails the build."""
