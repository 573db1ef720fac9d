"""Files taken in as an upload is, through the real sanitising process."""

import shutil

import pytest

from portal.claims.evidence.sanitising import sanitise
from portal.claims.evidence.sniffing import HEAD_BYTES, EvidenceRefused, inspect


@pytest.fixture
def clean(tmp_path):
    """Take bytes in as an upload is taken in, and give back the clean copies."""
    outdir = tmp_path / "clean"

    def run(data, limits=None):
        kind = inspect(data[:HEAD_BYTES], len(data), "upload")
        source = tmp_path / "source"
        source.write_bytes(data)
        shutil.rmtree(outdir, ignore_errors=True)
        outdir.mkdir()
        result = sanitise(source, kind=kind, outdir=outdir, limits=limits)
        assert source.read_bytes() == data
        assert {file.path for file in result.files} == set(outdir.iterdir())
        return result

    return run


@pytest.fixture
def refusal(clean):
    """Take bytes in that must be refused, and give back the fault."""

    def run(data, limits=None):
        with pytest.raises(EvidenceRefused) as refused:
            clean(data, limits)
        assert str(refused.value)
        return refused.value.fault

    return run
