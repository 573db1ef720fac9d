"""The process that reads policy texts, its reader taken over: python -m tests.children.broken_reader."""

import json
import os

from portal.children.warm import answer_each
from portal.policy.deciding.document import PolicyError
from portal.policy.file import bounded_child
from tests.children.broken import tried

SECRET, OUTSIDE = (os.environb[name] for name in (b"SECRET", b"OUTSIDE"))


class Reader:
    @staticmethod
    def whole(_content, _name):
        raise PolicyError(json.dumps(tried(SECRET, OUTSIDE)))


bounded_child.reading = Reader

if __name__ == "__main__":
    answer_each(bounded_child.answer)
