"""Addresses of another site, as somebody may write them who wants to be led there."""

HOST = "evil.example"

FOREIGN = (
    "//evil.example", "///evil.example", "////evil.example", "https://evil.example", "http://evil.example",
    "HTTPS://EVIL.EXAMPLE", "https:evil.example", "https:/evil.example", "https:///evil.example",
    "https:\\\\evil.example", "https:\\/evil.example", "/\\evil.example", "\\\\evil.example", "\\/evil.example",
    "/\\/evil.example", "//\\evil.example", "\\/\\/evil.example", "javascript:alert('evil.example')",
    "JavaScript:alert('evil.example')", "java\tscript:alert('evil.example')", "\x01javascript:alert('evil.example')",
    "javascript://evil.example/%0aalert(1)", "vbscript:evil.example", "data:text/html,evil.example",
    "data:text/html;base64,evil.example", "/\t/evil.example", "/\t/evil.example/review", "/\t/evil.example/sign-in",
    "/\n/evil.example/review", "/\r/evil.example/review", "/\r\n/evil.example/review", "\t//evil.example",
    " //evil.example", "\n//evil.example", "\x00//evil.example", "/\x00/evil.example", "/%09/evil.example",
    "/%0a/evil.example", "/%0d%0a/evil.example", "/%5cevil.example", "%2f%2fevil.example", "/%2fevil.example",
    "/%2f%2fevil.example", "/%252fevil.example", "%5c%5cevil.example", "http://localhost@evil.example",
    "http://localhost:80@evil.example/", "//localhost@evil.example", "//localhost:pass@evil.example/review",
    "http://localhost%40evil.example", "http://localhost#@evil.example/", "http://localhost.evil.example",
    "http://evil.example#localhost", "http://evil.example?localhost", "http://evil.example\\localhost",
    "//evil.example%00.localhost", "//evil。example", "//ｅｖｉｌ.example", "/／evil.example", "／／evil.example",
    "//xn--evil.example", "//[::ffff:203.0.113.9]/evil.example", "//3405803785/evil.example",
    "/.//evil.example", "/..//evil.example", "/review/..//evil.example", "/review//evil.example", ".evil.example",
    "@evil.example", "/review\r\nLocation: https://evil.example", "/review%0d%0aLocation:%20https://evil.example",
    "ftp://evil.example", "blob:https://evil.example", "//evil.example/review", "https://evil.example/sign-in",
)  # fmt: skip
