"""The face of a shop: its colour as a style sheet, its logo as a picture that can run nothing."""

from flask import Blueprint, Response, abort

from portal.config.faces import logo_bytes, on_dark
from portal.web.frame.shop import shop_policy

bp = Blueprint("faces", __name__)

_KEPT = "public, max-age=31536000, immutable"  # its address changes with it
_PICTURE = "default-src 'none'; style-src 'unsafe-inline'; sandbox"


@bp.get("/<shop>/face.css")
def style(shop: str) -> Response:
    """The shop's colour on light and on dark pages; 404 where it has none of its own."""
    colour = shop_policy(shop).shop.face.colour or abort(404)
    sheet = (
        f":root{{--accent:light-dark({colour},{on_dark(colour)})}}"
        ".masthead{border-block-start:.25rem solid var(--accent)}\n"
    )
    return Response(sheet, mimetype="text/css", headers={"Cache-Control": _KEPT})


@bp.get("/<shop>/logo")
def logo(shop: str) -> Response:
    """The shop's logo; 404 where it has none."""
    content, kind = logo_bytes(shop_policy(shop).shop.face.logo or abort(404))
    headers = {"Cache-Control": _KEPT, "Content-Security-Policy": _PICTURE}
    return Response(content, mimetype=kind, headers=headers)
