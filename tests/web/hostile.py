"""What somebody may type who means harm, or nothing by it."""

SCRIPT = "<script>alert(1)</script>"

VALUES = (
    "",
    " ",
    "\x00",
    "a\x00b",
    "\ud800",
    "\u202egnp.exe\u202c",
    "x" * 5000,
    "ﬃ" * 80,
    "\u0390" * 80,
    "9" * 5000,
    "99999999999999999999999",
    "9223372036854775807",
    "-1",
    "0",
    "1e400",
    "NaN",
    "-Infinity",
    "٤٢",
    "²",
    "a\r\nBcc: victim@example.com",
    "{{ 7*7 }}{% raw %}",
    SCRIPT,
    "\"><img src=x onerror=alert(1)>'",
    "' OR 1=1 --",
    "../../../../etc/passwd",
    "%s%n%00",
    "0001-01-01T00:00",
    "9999-12-31T23:59",
    "0001-01-01T00:00:00+23:59~1",
    "9999-12-31T23:59:59-23:59~1",
    "true",
    "null",
    "[]",
    "//evil.example",
    "javascript:alert(1)",
    "kim@उदाहरण.परीक्षा",
    "ö.ñ@münchen.example",
    "a" * 64 + "@" + "b" * 63 + ".example",
    "😀",
)

# One of each kind of them, where each takes a process of its own: a policy's text in its form. As a
# policy all of them are read in tests/policy/file/test_bounded.py.
KINDS = ("", " ", "a\x00b", "\ud800", "\u202egnp.exe\u202c", "x" * 5000, "9" * 5000, "٤٢",
         "a\r\nBcc: victim@example.com", SCRIPT, "%s%n%00", "true", "😀")  # fmt: skip


def clean(value):
    """As a browser would send it: a lone surrogate becomes bytes that are no UTF-8."""
    return value.encode("utf-8", "surrogatepass")
