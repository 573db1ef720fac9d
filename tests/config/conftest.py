"""Settings that are read from these environment variables and nothing else."""

import os

import pytest

from portal.config.settings import load_settings


@pytest.fixture
def load(monkeypatch, tmp_path):
    """Load the settings of these environment variables alone; no .env file is near."""
    monkeypatch.chdir(tmp_path)
    for name in list(os.environ):
        monkeypatch.delenv(name)

    def run(**environment):
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        return load_settings()

    return run
