"""Uploads go to the disk as they come, and leave it with their request."""

from pathlib import Path

OPEN = Path("/proc/self/fd")
CUT_OFF = b'--x\r\nContent-Disposition: form-data; name="files"; filename="a.png"\r\n\r\n\x89PNG'


def nameless_files():
    """The files without a name that this process has open, by their numbers."""
    found = set()
    for number in OPEN.iterdir():
        try:
            if str(number.readlink()).endswith("(deleted)"):
                found.add(number.name)
        except FileNotFoundError:  # the folder itself, open while it was listed
            continue
    return found


def test_a_form_that_breaks_off_leaves_no_file_open(client):
    before = nameless_files()
    with client:
        client.post("/languages", data=CUT_OFF, content_type="multipart/form-data; boundary=x")
    assert nameless_files() == before
