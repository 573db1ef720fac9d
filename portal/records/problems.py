"""What is wrong with a file of records: each fault once, with its line and what to do."""

from dataclasses import dataclass
from typing import NoReturn

from portal.translation import gettext

MOST_PROBLEMS = 50


@dataclass(frozen=True, slots=True)
class RecordProblem:
    """What to mend: the line, the column where one is to blame, and the reason."""

    line: int
    field: str
    reason: str

    def __str__(self) -> str:
        """``line 7, price_amount: write …``."""
        named = {"line": self.line, "field": self.field, "reason": self.reason}
        if not self.field:
            return gettext("line %(line)s: %(reason)s", **named)
        return gettext("line %(line)s, %(field)s: %(reason)s", **named)


class FileRefused(Exception):
    """Nothing of the file is stored; ``problems`` names each bad row, up to 50."""

    def __init__(self, problems: list[RecordProblem], *, stopped: bool) -> None:
        self.problems = tuple(problems)
        self.stopped = stopped  # there may be more below the last one
        super().__init__("\n".join(str(problem) for problem in problems))


class Problems:
    """What was found wrong so far; reading stops at the fiftieth."""

    def __init__(self) -> None:
        self.found: list[RecordProblem] = []

    def add(self, line: int, field: str, reason: str) -> None:
        """Note one, unless the line has it already; raises FileRefused at the fiftieth."""
        problem = RecordProblem(line, field, reason)
        if problem in self.found:
            return
        self.found.append(problem)
        if len(self.found) >= MOST_PROBLEMS:
            raise FileRefused(self.found, stopped=True)

    def add_once(self, line: int, field: str, reason: str) -> None:
        """Note what is wrong with a column, and so with every row: at the first of them alone."""
        if not any((each.field, each.reason) == (field, reason) for each in self.found):
            self.add(line, field, reason)

    def name(self, line: int, field: str) -> bool:
        """Whether this value of this line was named already."""
        return any((each.line, each.field) == (line, field) for each in self.found)

    def stop(self, line: int, reason: str) -> NoReturn:
        """Note one after which the rest of the file can't be read; raises FileRefused."""
        self.add(line, "", reason)
        raise FileRefused(self.found, stopped=True)

    def settle(self) -> None:
        """Raise FileRefused when anything was found."""
        if self.found:
            raise FileRefused(self.found, stopped=False)
