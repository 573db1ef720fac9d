"""The lines of a file of records as text, or what its encoding is and what to do about it."""

import codecs
from collections.abc import Iterator
from typing import IO

from portal.records.problems import Problems
from portal.translation import gettext

LONGEST_LINE = 1024 * 1024  # bytes
_MARKS = {  # the longer first: one begins like another
    codecs.BOM_UTF32_LE: "UTF-32",
    codecs.BOM_UTF32_BE: "UTF-32",
    codecs.BOM_UTF16_LE: "UTF-16",
    codecs.BOM_UTF16_BE: "UTF-16",
}


def lines_of(stream: IO[bytes], problems: Problems) -> Iterator[str]:
    """Each line with its end, whether that is of Unix, of Windows or of an old Mac.

    Raises FileRefused, with one problem, for what is no UTF-8 text and for a line above 1 MB.
    """
    for number, line in enumerate(_split(stream, problems), start=1):
        if number == 1:
            for mark, name in _MARKS.items():
                if line.startswith(mark):
                    problems.stop(
                        1, gettext("is %(name)s, not UTF-8: save the file as UTF-8", name=name)
                    )
            line = line.removeprefix(codecs.BOM_UTF8)  # noqa: PLW2901
        if b"\0" in line:
            said = gettext("holds bytes that are no text: save the file as CSV in UTF-8")
            problems.stop(number, said)
        try:
            yield line.decode()
        except UnicodeDecodeError:
            problems.stop(number, gettext("is not UTF-8: save the file as UTF-8"))


def _split(stream: IO[bytes], problems: Problems) -> Iterator[bytes]:
    number, rest = 1, b""
    while piece := stream.readline(LONGEST_LINE + 1):
        lines = (rest + piece).splitlines(keepends=True)
        rest = b"" if lines[-1].endswith(b"\n") else lines.pop()
        for line in lines:
            if len(line) > LONGEST_LINE:
                problems.stop(number, gettext("the line is longer than 1 MB"))
            yield line
            number += 1
        if len(rest) > LONGEST_LINE:
            problems.stop(number, gettext("the line is longer than 1 MB"))
    if rest:
        yield rest
