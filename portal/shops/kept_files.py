"""Is the bucket well that evidence is kept in? Reached, closed to others, and letting go of what is deleted."""

from portal.claims.evidence.storage.bucket import bucket_at
from portal.claims.evidence.storage.kept import NoRoom, NotStored, StorageAway
from portal.config.buckets import BucketAddress
from portal.shops.doctor import Finding, Health
from portal.translation import gettext


def examine_bucket(address: BucketAddress) -> Finding:
    """Write a file into it, read it, ask for it as a stranger would, and delete it again."""
    name = gettext("evidence")
    try:
        found = bucket_at(address).examine()
    except NoRoom as full:
        todo = gettext("make room: what is full takes no claim and no file")
        return Finding(name, Health.ILL, f"{address}: {full}", todo)
    except (StorageAway, NotStored) as away:
        todo = gettext("look at EVIDENCE_BUCKET and EVIDENCE_S3_…: until it answers no file is taken or shown")  # fmt: skip
        said = away.strerror if isinstance(away, StorageAway) else gettext("what was written is not there")  # fmt: skip
        return Finding(name, Health.ILL, f"{address}: {said}", todo)
    if found.shows:
        seen = gettext("%(bucket)s shows its files to whoever asks", bucket=address)
        return Finding(name, Health.ILL, seen, gettext("close it: block all public access"))
    if found.keeps:
        seen = gettext("%(bucket)s keeps versions: what is erased stays in it", bucket=address)
        todo = gettext("turn versions off, or have them expire within your shortest period")
        return Finding(name, Health.ILL, seen, todo)
    if found.overwrites:
        seen = gettext("%(bucket)s lets a file be overwritten (it knows no If-None-Match)", bucket=address)  # fmt: skip
        return Finding(name, Health.UNSURE, seen, gettext("take a service that refuses it"))
    return Finding(name, Health.WELL, gettext("in %(bucket)s, written and read", bucket=address))
