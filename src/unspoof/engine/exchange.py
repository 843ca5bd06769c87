"""Where Spark reads a case's files and leaves its rows: the case's own disk, or a store beside it; it computes nothing.

Without a store, workers read the case's files where they lie and write into the case's scratch folder, so all of them
must see the case's disk. With one (a folder or URL that both PyArrow's and Spark's file systems take), files go there as
copies, named by their SHA-256 and read back once after copying: a copy that is there is the file, whichever run made it.
"""

from __future__ import annotations

import hashlib
import os
import platform
import re
import secrets
import shutil
from pathlib import Path, PurePosixPath
from typing import Any

import pyarrow as pa
import pyarrow.fs

from unspoof.errors import EngineGap

_BLOCK = 4 << 20
_HOST = re.sub("[^A-Za-z0-9]", "", platform.node())[:40] or "host"
_ARROW_SCHEMES = {"s3a": "s3", "s3n": "s3"}
"""Hadoop's names of the schemes that PyArrow calls otherwise."""


def _sha256(stream: Any) -> str:
    hashed = hashlib.sha256()
    while block := stream.read(_BLOCK):
        hashed.update(block)
    return hashed.hexdigest()


def _lives(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):
        return True
    return True


class Exchange:
    """The files of one engine.

    Args:
        store: an absolute path or a URL; empty for the case's own disk.
        scratch: a private folder on the case's own disk.

    Raises:
        EngineGap: the store cannot be reached or written.

    """

    def __init__(self, store: str, scratch: Path) -> None:
        self._scratch = scratch
        self._run = f"run-{_HOST}-{os.getpid()}-{secrets.token_hex(6)}"
        self._placed: dict[Path, tuple[str, str]] = {}
        root = store or str(scratch.resolve() / "spark")
        scheme, mark, rest = root.partition("://")
        self._url = root.rstrip("/") if mark else f"file:{root.rstrip('/')}"
        self._is_store = bool(store)
        try:
            if mark and scheme != "file":
                address = f"{_ARROW_SCHEMES.get(scheme, scheme)}://{rest}"
                self._files, self._base = pyarrow.fs.FileSystem.from_uri(address)
            else:
                self._files, self._base = pyarrow.fs.LocalFileSystem(), rest if mark else root
            self._base = self._base.rstrip("/")
            self._clear()
            self._files.create_dir(f"{self._base}/{self._run}", recursive=True)
        except (OSError, ValueError, pa.ArrowException) as error:
            raise EngineGap(f"the store cannot be used: {error}", where=store or str(scratch)) from error

    def _clear(self) -> None:
        """Remove what runs of this host left that died."""
        found = self._files.get_file_info(pyarrow.fs.FileSelector(self._base, allow_not_found=True))
        for info in found:
            if (run := re.fullmatch(rf"run-{_HOST}-([0-9]{{1,10}})-[0-9a-f]+", info.base_name)) and not _lives(
                int(run[1])
            ):
                self._files.delete_dir(info.path)

    def place(self, file: Path, folder: str) -> str:
        """Return the URL at which Spark reads a file of the case.

        Args:
            file: of the case; not changed while the engine is open.
            folder: path of the copy's folder in the store, such as 'tables/calls/exhibit=1'.

        """
        if not self._is_store:
            return f"file:{file.resolve()}"
        if file not in self._placed:
            with file.open("rb") as stream:
                sha256 = _sha256(stream)
            name = f"{folder}/{sha256}.parquet"
            try:
                self._copy(file, f"{self._base}/{name}", sha256)
            except (OSError, pa.ArrowException) as error:
                raise EngineGap(f"the store refused a copy: {error}", where=f"{self._url}/{name}") from error
            self._placed[file] = folder, f"{self._url}/{name}"
        return self._placed[file][1]

    def _copy(self, file: Path, target: str, sha256: str) -> None:
        """Copy a file unless its copy stands; what is half copied never has the final name."""
        if self._files.get_file_info(target).size == file.stat().st_size:
            return
        self._files.create_dir(str(PurePosixPath(target).parent), recursive=True)
        half = f"{self._base}/{self._run}/copy-{secrets.token_hex(6)}"
        with file.open("rb") as source, self._files.open_output_stream(half) as sink:
            shutil.copyfileobj(source, sink, _BLOCK)
        with self._files.open_input_stream(half) as again:
            if _sha256(again) != sha256:
                raise EngineGap("what the store holds is not what was copied", where=f"{self._url}: {target}")
        self._files.move(half, target)

    def folder(self, name: str) -> str:
        """Return the URL of a folder of this run that Spark writes; it does not exist yet."""
        return f"{self._url}/{self._run}/{name}"

    def parts(self, name: str) -> list[Path]:
        """Return the part files that Spark wrote into a folder of this run, as local files."""
        remote = f"{self._base}/{self._run}/{name}"
        found = self._files.get_file_info(pyarrow.fs.FileSelector(remote, allow_not_found=True))
        names = sorted(info.path for info in found if info.base_name.startswith("part-"))
        if isinstance(self._files, pyarrow.fs.LocalFileSystem):
            return [Path(path) for path in names]
        local = self._scratch / "fetched" / name
        local.mkdir(parents=True)
        for path in names:
            with self._files.open_input_stream(path) as source, (local / Path(path).name).open("xb") as sink:
                shutil.copyfileobj(source, sink, _BLOCK)
        return [local / Path(path).name for path in names]

    def close(self) -> None:
        """Remove what this run left; copies in a store stay for the next."""
        try:
            self._files.delete_dir(f"{self._base}/{self._run}")
        except FileNotFoundError:
            return


__all__ = ["Exchange"]
