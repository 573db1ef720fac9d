"""No secret stands in a file of the repository, nor ever stood in its history."""

import re
import subprocess

import pytest

from portal.app import ROOT

# As those who issue them spell them; an example's says so by its letters.
KINDS = {
    "a private key": rb"-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----\s*\n?[A-Za-z0-9+/=\n]{40,}",
    "a key of AWS": rb"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b",
    "a token of GitHub": rb"\b(?:gh[pousr]_[A-Za-z0-9]{36}|github_pat_[A-Za-z0-9_]{60,})\b",
    "a token of GitLab": rb"\bglpat-[A-Za-z0-9_-]{20}\b",
    "a token of Slack": rb"\bxox[abprs]-[A-Za-z0-9-]{20,}\b",
    "a live key of Stripe": rb"\b[rs]k_live_[A-Za-z0-9]{20,}\b",
    "a token of PyPI": rb"\bpypi-[A-Za-z0-9_-]{80,}\b",
    "a key of Google": rb"\bAIza[A-Za-z0-9_-]{35}\b",
    "a key of SendGrid": rb"\bSG\.[A-Za-z0-9_-]{20,}\.[A-Za-z0-9_-]{30,}\b",
    "a key of OpenAI or Anthropic": rb"\bsk-(?:ant-|proj-)[A-Za-z0-9_-]{30,}\b",
    "a password in an address": rb"\b(?:postgres(?:ql)?|rediss?|amqp|smtps?)://[^\s:/@'\"<>{}]+:(?!PASSWORD|\{|%|password|secret|tiger|pw|x+\b)[^\s:/@'\"<>{}]{8,}@(?!127|localhost|db\b|HOST|example|[\w.-]*\.example)",
}
WHOLE = re.compile(b"|".join(b"(?P<k%d>%s)" % (n, kind) for n, kind in enumerate(KINDS.values())))


def git(*words):
    """What git says."""
    return subprocess.run(["git", *words], cwd=ROOT, check=True, capture_output=True).stdout


def found_in(data):
    """The kinds of secrets in these bytes."""
    return {[*KINDS][int(match.lastgroup[1:])] for match in WHOLE.finditer(data)}


@pytest.fixture(scope="module", autouse=True)
def repository():
    """A copy without its history has nothing to look through."""
    if not (ROOT / ".git").exists():
        pytest.skip("this is no repository")


def test_each_kind_is_known_when_it_is_seen():
    assert found_in(b"key = AKIA" + b"Q" * 16) == {"a key of AWS"}
    assert found_in(b"-----BEGIN PRIVATE KEY-----\n" + b"M" * 64) == {"a private key"}
    typed = b"postgresql://redress:" + b"h0rse-battery" + b"@db1.shop.com/x"
    assert found_in(typed) == {"a password in an address"}
    assert found_in(b"postgresql://USER:PASSWORD@HOST/NAME") == set()


@pytest.mark.long
def test_no_file_of_the_repository_holds_a_secret():
    names = git("ls-files", "-z").decode().split("\0")[:-1]
    held = {name: found_in((ROOT / name).read_bytes()) for name in names if (ROOT / name).is_file()}
    assert {name: kinds for name, kinds in held.items() if kinds} == {}


@pytest.mark.long
def test_no_commit_ever_added_one():
    added = git("log", "-p", "-U0", "--no-color", "--no-ext-diff", "--format=", "HEAD")
    assert (
        found_in(b"\n".join(line[1:] for line in added.split(b"\n") if line[:1] == b"+")) == set()
    )
