"""The link in a claim's mails: it opens the claim for reading, masked, and changes nothing."""

from itsdangerous import BadSignature, URLSafeSerializer

from portal.config.settings import settings


def _serializer() -> URLSafeSerializer:
    given = settings()
    keys = (*given.secret_key_fallbacks, given.secret_key)
    return URLSafeSerializer([key.get_secret_value() for key in keys], salt="claim link")


def status_token(reference: str) -> str:
    """The unguessable part of a claim's link; the same for as long as the secret key is."""
    return str(_serializer().dumps(reference)).rpartition(".")[2]


def opens(reference: str, token: str) -> bool:
    """Whether this token is that claim's."""
    payload = str(_serializer().dumps(reference)).rpartition(".")[0]
    try:
        return bool(_serializer().loads(f"{payload}.{token}") == reference)
    except BadSignature:
        return False


def status_link(reference: str) -> str:
    """The address of a claim's page as its mails carry it: the portal's own, never a request's Host."""
    return f"{settings().address}/claims/{reference}/{status_token(reference)}"
