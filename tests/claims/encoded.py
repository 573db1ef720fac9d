"""Pictures and documents as bytes, and pictures back."""

from __future__ import annotations

import io
import itertools
import os

from PIL import Image, PngImagePlugin


def saved(drawn, form, **how):
    file = io.BytesIO()
    drawn.save(file, form, **how)
    return file.getvalue()


def opened(file):
    with Image.open(file.path) as found:
        found.load()
        return found


RED = b"1 0 0 rg 0 0 100 150 re f"


def pdf(pages=1, *, encrypt=False, size=(200, 300), content=RED, catalog="", more=""):
    kids = " ".join(f"{4 + n} 0 R" for n in range(pages))
    objects = [
        f"<</Type/Catalog/Pages 2 0 R{catalog}>>",
        f"<</Type/Pages/Count {pages}/Kids[{kids}]>>",
        f"<</Length {len(content)}>>stream\n{content.decode()}\nendstream",
        *(
            f"<</Type/Page/Parent 2 0 R/Contents 3 0 R/MediaBox[0 0 {size[0]} {size[1]}]{more}>>"
            for _ in range(pages)
        ),
    ]
    if encrypt:
        key = "5a" * 32
        objects.append(f"<</Filter/Standard/V 1/R 2/O<{key}>/U<{key}>/P -4>>")
    data, places = b"%PDF-1.4\n", []
    for number, text in enumerate(objects, start=1):
        places.append(len(data))
        data += f"{number} 0 obj{text}endobj\n".encode()
    table = "".join(f"{place:010} 00000 n \n" for place in places)
    locked = f"/Encrypt {len(objects)} 0 R/ID[<00><00>]" if encrypt else ""
    count = len(objects) + 1
    return (
        data
        + (
            f"xref\n0 {count}\n0000000000 65535 f \n{table}"
            f"trailer<</Size {count}/Root 1 0 R/Author(Secret){locked}>>\nstartxref\n{len(data)}\n%%EOF"
        ).encode()
    )


_numbers = itertools.count()


def png(size=(60, 40), *, noisy=False):
    """A real picture with a secret in its metadata."""
    drawn = (
        Image.frombytes("RGB", size, os.urandom(size[0] * size[1] * 3))
        if noisy
        else Image.new("RGB", size, (200, 20, 60))
    )
    said = PngImagePlugin.PngInfo()
    said.add_text("Comment", f"SecretPlace {next(_numbers)}")  # no two are the same file
    file = io.BytesIO()
    drawn.save(file, "PNG", pnginfo=said, compress_level=1)
    return file.getvalue()
