"""A database of each kind without any table."""

import psycopg
import pytest
from sqlalchemy import make_url


@pytest.fixture
def empty(request, tmp_path):
    """The address of a database of the asked kind without any table."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'empty.sqlite3'}"
        return
    server = request.getfixturevalue("postgres_url")
    name = f"{make_url(server).database}_empty"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {name}")
        connection.execute(f"CREATE DATABASE {name}")
    yield server.replace(f"/{make_url(server).database}", f"/{name}")
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name}")
