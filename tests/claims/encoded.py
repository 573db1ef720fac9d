"""Pictures as bytes, and back."""

import io

from PIL import Image


def saved(drawn, form, **how):
    file = io.BytesIO()
    drawn.save(file, form, **how)
    return file.getvalue()


def opened(file):
    with Image.open(file.path) as found:
        found.load()
        return found
