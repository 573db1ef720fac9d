"""The bucket of evidence: which settings are one, and how a flaw of them is told at the start."""

import subprocess
import sys

import pytest

from portal.config.buckets import BucketAddress
from portal.config.settings import SettingsError, load_settings
from tests.listeners.buckets import NAME, at

KEYS = {"evidence_s3_access_key": "a-key", "evidence_s3_secret_key": "its-secret"}


def refused(**given):
    with pytest.raises(SettingsError) as error:
        load_settings(**given)
    return str(error.value).splitlines()[1:]


def test_without_a_name_evidence_is_in_the_folder():
    assert load_settings().bucket is None


def test_a_bucket_has_its_address_and_shows_no_key_of_it():
    bucket = load_settings(**at(9000)).bucket
    assert isinstance(bucket, BucketAddress)
    assert (bucket.name, bucket.endpoint, bucket.region, bucket.timeout) == (
        NAME, "http://127.0.0.1:9000", "us-east-1", 20.0,
    )  # fmt: skip
    assert "secret-of-tests" not in repr(bucket)
    assert str(bucket) == f"{NAME} (127.0.0.1:9000)"
    assert str(load_settings(evidence_bucket="mine").bucket) == "mine (AWS, us-east-1)"


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"evidence_bucket": "No"}, "EVIDENCE_BUCKET: write the bucket's name"),
        (KEYS, "EVIDENCE_BUCKET: write the bucket's name"),
        ({"evidence_s3_endpoint": "https://s3.example.com"}, "EVIDENCE_BUCKET: write the bucket's"),
        ({"evidence_bucket": "mine", "evidence_s3_endpoint": "https://s3.example.com"},
         "EVIDENCE_S3_ACCESS_KEY: write the key"),
        ({"evidence_bucket": "mine", "evidence_s3_access_key": "a-key"},
         "EVIDENCE_S3_SECRET_KEY: write the key"),
        ({"evidence_bucket": "mine", "evidence_s3_secret_key": "s"}, "EVIDENCE_S3_ACCESS_KEY: write"),
        ({"evidence_bucket": "mine", "evidence_s3_timeout": 0}, "EVIDENCE_S3_TIMEOUT: "),
        *(
            (KEYS | {"evidence_bucket": "mine", "evidence_s3_endpoint": each},
             "EVIDENCE_S3_ENDPOINT: write the service's address")
            for each in ("s3.example.com", "https://s3.example.com/mine", "https://a:b@s3.example.com",
                         "ftp://s3.example.com", "https://[::1:9")
        ),
    ],
)  # fmt: skip
def test_a_flaw_is_named(given, named):
    (line,) = refused(**given)
    assert line.startswith(named)
    assert "its-secret" not in line


@pytest.mark.long
def test_who_keeps_files_in_a_folder_loads_no_client_of_buckets():
    """A server imports what it needs before it forks; this is not among it."""
    told = "import sys, portal.app, portal.config.late as late; late.import_now(); print('obstore' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", told], capture_output=True, check=True, text=True)
    assert done.stdout == "False\n"
