"""One file per shape of file; a reader that is not in CONTAINERS fails the build."""

from unspoof.ingest.container import Container
from unspoof.ingest.containers.delimited import DELIMITED
from unspoof.ingest.containers.mysqldump import MYSQLDUMP

LINES: Container = DELIMITED

CONTAINERS: tuple[Container, ...] = (MYSQLDUMP, DELIMITED)

__all__ = ["CONTAINERS"]
