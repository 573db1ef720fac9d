"""Pages that say back what an address or a form held: searches, filters, missing pages, refused forms."""

from urllib.parse import quote

from tests.factories import SHOP

# Addresses that are asked by anybody, and by those who work here; {} stands for the payloads.
ANYBODY = (
    ("missing page", "/{}"),
    ("missing page", f"/{SHOP}/{{}}"),
    ("missing page", f"/{SHOP}/policy/{{}}"),
    ("missing page", "/claims/{}/{}"),
    ("missing page", "/new/{}/result"),
    ("refund adviser", f"/{SHOP}/can-i-get-a-refund?reason={{}}&service={{}}&price={{}}"),
    ("sign-in", "/sign-in?next=/{}"),
    ("start of a claim", f"/{SHOP}/claim?order={{}}&email={{}}&reason={{}}&about={{}}"),
    ("mailbox", "/mailbox?before={}"),
)
STAFF = (
    ("search", "/review?q={}"),
    ("search", "/review?status={}&shop={}&reason={}&outcome={}&sort={}"),
    ("facts", "/review/policies/facts?q={}"),
    ("missing page", "/review/{}"),
    ("log of acts", "/review/activity?person={}&action={}&shop={}&from={}&to={}"),
    ("reports", "/review/reports?shop={}&reason={}&from={}&to={}&by={}"),
    ("differences", f"/review/policies/{SHOP}/differences?old={{}}&new={{}}"),
    ("views", "/review/views?q={}&status={}&reason={}"),
)
# Forms that are refused and shown again, with what was typed; each other field is left empty.
FORMS_OF_ANYBODY = (
    ("refused form", "/find", ("email",)),
    ("refused form", f"/{SHOP}/claim", ("email",)),
    ("refused form", "/sign-in", ("email", "password")),
    ("refused form", "/sign-in/password", ("email",)),
)
FORMS_OF_STAFF = (
    ("refused form", "/review/erase", ("address",)),
    ("refused form", "/review/shops/new", ("name", "id", "currency", "time_zone", "prefix", "email")),
    ("refused form", "/review/people/invite", ("name", "email")),
    ("refused form", "/review/snippets", ("name", "spoken", "clause", "text")),
    ("refused form", f"/review/tokens/{SHOP}/new", ("known_as",)),
    ("refused form", f"/review/webhooks/{SHOP}/new", ("url",)),
    ("refused form", f"/review/rails/{SHOP}/balance", ("url",)),
    ("refused form", "/review/views", ("name",)),
    ("refused form", "/account/mails", ("zone",)),
)  # fmt: skip
LONGEST = 6_000  # characters of an address


def ask(stage, view, visitor):
    """Open each address with the payloads in it, and send each form with them."""
    anybody = view.owner(visitor.client)
    for watch, addresses, forms in (
        (anybody, ANYBODY, FORMS_OF_ANYBODY),
        (view.staff, STAFF, FORMS_OF_STAFF),
    ):
        for sink, address in addresses:
            said = " ".join(each.said("address") for each in stage.lot)
            watch.open(sink, address.replace("{}", quote(said.replace("\x00", ""), safe="")))
        for sink, path, names in forms:
            said = "\n".join(each.said("refused") for each in stage.lot)
            watch.send(sink, path, dict.fromkeys(names, said))
