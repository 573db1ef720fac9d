"""PostgreSQL's own tools, where they are installed: pg_dump and pg_restore."""

import os
import shutil
import subprocess

from portal.children.allowed import must_be_allowed
from portal.extensions import db


class ToolFailed(Exception):
    """A tool is missing or said no; the message says which, and what it said."""


def found(tool: str) -> str:
    """Where the tool is. Raises ToolFailed."""
    path = shutil.which(tool)
    if path is None:
        raise ToolFailed(
            f"{tool} is not installed here: install PostgreSQL's client tools, of the server's"
            " version or a newer one (Debian: postgresql-client)"
        )
    return path


def run(tool: str, *arguments: str) -> None:
    """Run it to its end on this portal's database. Raises ToolFailed."""
    must_be_allowed()
    url = db.engine.url
    # A password is no argument: those of a process can be read by all.
    environment = os.environ | ({"PGPASSWORD": url.password} if url.password else {})
    address = url.set(drivername="postgresql", password=None).render_as_string(hide_password=False)
    ended = subprocess.run(  # noqa: S603 - the tool, and a backup's own path
        [found(tool), *arguments, f"--dbname={address}"],
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if ended.returncode:
        raise ToolFailed(f"{tool} failed: {ended.stderr.strip()[-500:]}")
