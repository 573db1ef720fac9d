"""Which references a file had so far, on disk: memory stays bounded whatever the file's size."""

import sqlite3
from collections.abc import Mapping
from typing import Any

from portal.records.fields import Record
from portal.records.models import Account, reference_key
from portal.translation import gettext, lazy_gettext as _


class SeenRows:
    """The rows of one file by what tells two apart; those that say the same are one."""

    def __init__(self) -> None:
        self._rows = sqlite3.connect("")  # a nameless file, gone when it is closed
        self._rows.execute(
            "CREATE TABLE seen (record, key, line, reference, contents, PRIMARY KEY (record, key))"
            " WITHOUT ROWID"
        )

    def close(self) -> None:
        """Let the file go."""
        self._rows.close()

    def differs(self, record: Record, row: Mapping[str, Any], line: int) -> tuple[str, str] | None:
        """The column by which an earlier row is the same and says other things, and why; else None."""
        if record.model is Account:
            contents = hash(frozenset(row.items()))
            for column, named in (("email", row.get("email")), ("id", row.get("account_id"))):
                kind = f"{record.name} {column}"
                if named and (why := self._differs(kind, named, line, named, contents)):
                    return column, why
            return None
        named = row[record.key]
        key = reference_key(named)
        told = {**row}
        del told[record.key]
        contents = hash(frozenset(told.items()))
        why = self._differs(record.name, key, line, named, contents)
        return (record.key, why) if why else None

    def _differs(self, record: str, key: str, line: int, named: str, contents: int) -> str | None:
        added = self._rows.execute(
            "INSERT OR IGNORE INTO seen VALUES (?, ?, ?, ?, ?)",
            (record, key, line, named, contents),
        )
        if added.rowcount:
            return None
        found = "SELECT line, reference, contents FROM seen WHERE record = ? AND key = ?"
        first, spelled, told = self._rows.execute(found, (record, key)).fetchone()
        if told == contents:
            return None
        words = _("is on line %(line)s already, with other contents: keep the row that is true")
        if spelled != named:
            words = _(
                "is, spelled another way, on line %(line)s already, with other contents:"
                " keep the row that is true"
            )
        return gettext(words, line=first)
