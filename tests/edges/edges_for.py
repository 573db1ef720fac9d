"""The edges of each shop, found once; a shop's tests of them run in one process."""

from functools import cache

import pytest

from portal.edges.edges import edges
from portal.policy.file.reading import shops

EACH_SHOP = [pytest.param(shop, marks=pytest.mark.xdist_group(f"edges-{shop}")) for shop in shops()]


@cache
def edges_of(shop):
    """The edges of the newest version of ``shop``."""
    return edges(shops()[shop], shops()[shop].current)
