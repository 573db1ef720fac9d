"""The demo's claims: one or more in every status, in all five shops, over the past days."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from portal.demo.people import ADMIN, MARTA
from portal.demo.records import account, activation, rental, top_up
from portal.demo.samples import days, hours, minutes, seconds
from portal.demo.telling import (
    Story,
    appeals,
    approves,
    asks,
    completes,
    declines,
    fails,
    finds,
    pays,
    withdraws,
)

if TYPE_CHECKING:
    from datetime import timedelta

    from portal.demo.records import Log

NP, SS, AC = "numberplug", "sms-service", "activation-claims"
CN, DV = "client-numbers", "didvirtualnumbers"

IBAN = ("iban", {"holder": "Lena Vogel", "iban": "DE89 3704 0044 0532 0130 00"})
PAYPAL = ("paypal", {"email": "noor@example.org"})
BITCOIN = (
    "crypto",
    {"network": "bitcoin", "address": "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4"},
)


def _story(log: Log, ago: timedelta, reason: str, description: str, **more: Any) -> Story:
    row = log.row
    return Story(
        log.shop, row["account_email"], row["reference"], (log,), ago, reason, description, **more
    )


def _balance(
    shop: str, email: str, ago: timedelta, amount: str, description: str, **more: Any
) -> Story:
    logs = (
        account(shop, email, balance=True),
        top_up(shop, f"T-{email.partition('@')[0]}", email, ago + days(1), amount),
    )
    return Story(
        shop, email, "", logs, ago, "unused_balance", description,
        service="Balance", asked=amount, destination="payout", **more,
    )  # fmt: skip


NUMBERPLUG = (
    _story(activation(NP, "A-1021", "kim@example.com", days(6.1)),
           days(6), "sms_not_received", "I waited until the number ran out and no code ever came.",
           number_used=True, then=(pays(days(5.9), "WALLET-20881"),)),
    _story(activation(NP, "A-1022", "lena@example.org", hours(31), wait=days(3)),
           hours(30), "technical_error",
           "The page shows an error after I press Get code, on two different days.",
           pictures=("Error 500 after pressing Get code.", "The same error the next morning.")),
    _story(activation(NP, "A-1023", "omar@example.com", hours(51), wait=days(3)),
           hours(50), "technical_error", "The number was shown but the code page stays white.",
           pictures=("The page for the code stays white.",)),
    _story(activation(NP, "A-1024", "ivy@example.com", hours(7),
                      messages=((hours(6.9), "WhatsApp"),)),
           hours(5), "sms_not_received", "I never saw any code although the site says that one came.",
           number_used=True, pictures=("No code on my phone, only this page.",)),
    _story(activation(NP, "A-1025", "raj@example.com", days(3.2), cancelled_by="customer",
                      ago={"cancelled_at": days(3.2) - seconds(95)}),
           days(3), "sms_not_received", "I cancelled because it took too long to get a code.",
           number_used=True,
           then=(declines(days(2.4), "You cancelled 95 seconds after ordering. The price goes back"
                          " for the first 30 seconds only."),)),
    _story(activation(NP, "A-1026", "zoe@example.org", days(2.5),
                      messages=((days(2.5) - minutes(4), "WhatsApp"),)),
           days(2.2), "sms_not_received", "The code came only after the app had stopped waiting.",
           number_used=True,
           then=(declines(days(1.5), "Our logs show that the code came four minutes after you ordered."),
                 appeals(hours(10), "This screenshot shows that the table was empty at that time.",
                         "The table of messages was empty at 10:24."))),
    _story(activation(NP, "A-1027", "mia@example.com", minutes(55), service="Telegram"),
           minutes(20), "sms_not_received", "Nothing arrived in twenty minutes of waiting.",
           service="Telegram", number_used=True),
    Story(NP, "tom@example.org", "B-77120", (), hours(3), "sms_not_received",
          "I ordered as a guest and got no code; the number in my mail is this one.",
          number_used=True, pictures=("The mail with my order's number.",)),
)  # fmt: skip

SMS_SERVICE = (
    _story(activation(SS, "S-3021", "nina@example.com", days(2.1),
                      messages=((days(2.1) - minutes(3), "WhatsApp"),)),
           days(2), "wrong_code", "The code in the message was refused three times."),
    _story(activation(SS, "S-3022", "paul@example.org", days(4.1),
                      messages=((days(4.1) - minutes(3), "Telegram"),)),
           days(4), "wrong_code", "Telegram says that the code belongs to somebody else.",
           service="Telegram", pictures=("The app refuses the code.",),
           then=(finds(days(3.2), "claim_verified", value=True, note="The provider confirms it."),
                 approves(days(3.1)))),
    _balance(SS, "lev@example.com", days(5), "18.00", "I will not use the rest, send it back to me.",
             payee=IBAN, pictures=("My balance page.",),
             then=(approves(days(4.2)), pays(days(3.5), "SEPA-99120-7"))),
    _balance(SS, "noor@example.org", days(4.5), "12.50", "I stopped using the service last week.",
             payee=PAYPAL, pictures=("My balance page.",),
             then=(approves(days(4)), fails(days(2), "PayPal has no account with that address."))),
    _story(activation(SS, "S-3023", "sara@example.com", hours(39) + minutes(9)),
           hours(39), "cancel_failed", "Cancel does nothing, the timer just goes on.",
           pictures=("The button after I pressed it.",),
           then=(asks(hours(20), ["claim.evidence"],
                      "Send a screenshot or a short video in which the order's number can be read."),)),
    _story(activation(SS, "S-3024", "ugur@example.org", days(2.6),
                      messages=((days(2.6) - minutes(3), "WhatsApp"),)),
           days(2.5), "incomplete_sms", "The message stops in the middle of the code.",
           pictures=("Half a code.",),
           then=(asks(days(1.8), ["claim.evidence"], "Show the whole screen with the order's number."),
                 completes(hours(14), "The whole screen with the order's number."))),
    _story(activation(SS, "S-3025", "vera@example.com", days(1.2),
                      messages=((days(1.2) - minutes(2), "WhatsApp"),)),
           days(1.1), "incomplete_sms", "Only the first three digits were shown.",
           pictures=("Three digits are shown.",), then=(withdraws(hours(22)),)),
    _story(activation(SS, "S-3026", "walt@example.org", days(16),
                      messages=((days(16) - minutes(3), "WhatsApp"),)),
           days(15.8), "wrong_code", "The code was for another app than the one I ordered.",
           pictures=("The code is refused.",),
           then=(asks(days(15), ["claim.evidence"], "Show the whole screen with the order's number."),)),
)  # fmt: skip

ACTIVATION_CLAIMS = (
    _story(activation(AC, "K-4021", "wim@example.com", days(4.5),
                      messages=((days(4.5) - minutes(3), "WhatsApp"),)),
           days(4), "major_defect", "Every second request to the number's page times out.",
           pictures=("Time-outs, one after another.",),
           then=(finds(days(3), "defect_confirmed", value=True, note="Seen on our side too."),)),
    _story(activation(AC, "K-4022", "yara@example.org", days(6),
                      messages=((days(6) - minutes(3), "WhatsApp"),)),
           days(5.5), "invalid_number", "The number was banned the moment I signed in with it.",
           pictures=("The app bans the number.",),
           then=(finds(days(4.5), "claim_verified", value=False, note="It worked for a day."),
                 declines(days(4.4), "The number worked for a day after its code had come."),
                 appeals(days(3), "The ban came within minutes, here is the time of it.",
                         "The ban with its time."),
                 declines(days(2), "The app's own log shows a sign-in ten hours later.", by=MARTA))),
    _story(activation(AC, "K-4023", "zack@example.com", days(9), price="1.20"),
           days(3.5), "sms_not_received", "No code came and the price was never given back to me.",
           then=(finds(days(2.5), "claim_verified", value=True), approves(days(2.4)),
                 pays(days(2.3), "BAL-5521"))),
    _story(activation(AC, "K-4024", "bea@example.org", days(7.5), price="2.00",
                      messages=((days(7.5) - minutes(3), "WhatsApp"),)),
           days(7), "major_defect", "The number loses its session every few minutes since I got it.",
           remedy="replacement", pictures=("The session is lost.",),
           then=(finds(days(5), "defect_confirmed", value=True), approves(days(1)))),
    _story(activation(AC, "K-4025", "cleo@example.com", days(3.2),
                      messages=((days(3.2) - minutes(3), "WhatsApp"),)),
           days(3), "major_defect", "The number cannot be reached from my own server any more.",
           pictures=("The server gets no answer.",),
           then=(finds(days(2), "access_refused", value=True, note="Asked twice by e-mail."),
                 declines(days(1.9), "We could not look at the fault without access to your server."))),
    _story(activation(AC, "K-4026", "gus@example.com", days(10.2), price="0.90"),
           days(4), "sms_not_received", "I was away for a week and saw only now that no code came."),
    _story(activation(AC, "K-4027", "ines@example.org", days(12),
                      messages=((days(12) - minutes(3), "WhatsApp"),)),
           days(6.5), "invalid_number", "The number was blocked two days after its code had come.",
           pictures=("This number is not allowed to use WhatsApp.",),
           then=(declines(days(6), "Claims reach us within five days of the order."),)),
)  # fmt: skip

CLIENT_NUMBERS = (
    _story(rental(CN, "V-2021", "lena@example.org", days(1.5), was_orderable=True,
                  ago={"unavailable_at": days(1.2)}),
           days(1), "number_unavailable", "I paid for a number in Berlin and was told it is sold out.",
           service="Virtual number", asked="12.00", destination="payout", payee=IBAN,
           pictures=("The order says: not available.",)),
    _story(rental(CN, "V-2022", "carl@example.com", days(14),
                  ago={"outage_reported_at": days(6), "outage_ended_at": days(2)}),
           days(1.8), "rental_outage", "The number was down for four days before it came back.",
           service="Virtual number", asked="4.00", pictures=("Calls fail with an error.",),
           then=(approves(days(1.2), amount="1.50", note="Agreed with the customer by e-mail.",
                          told="We agreed on 1.50 USD by e-mail."),)),
    _story(rental(CN, "V-2023", "dora@example.org", days(13), disconnected_by="customer",
                  operational=True, ago={"disconnected_at": days(5)}),
           days(4.8), "early_termination", "I do not need the number for the second half of the month.",
           service="Virtual number", asked="6.00",
           then=(declines(days(4), "You ended the service yourself, and the number worked."),)),
    _story(rental(CN, "V-2024", "emil@example.com", days(12), fault="local_provider",
                  operational=False, replacement_available=False),
           days(6.5), "local_carrier_fault", "Calls have not come through since the carrier changed.",
           service="Virtual number", asked="12.00", destination="payout", payee=BITCOIN,
           pictures=("Calls are dropped.",),
           then=(approves(days(5.5)), pays(days(4.5), "BTC-7f3e19"))),
)  # fmt: skip

DID_VIRTUAL_NUMBERS = (
    _story(rental(DV, "D-5021", "greta@example.com", days(10), price="15.00",
                  disconnected_by="operator", disconnect_cause="other",
                  ago={"disconnected_at": days(3)}),
           hours(16), "operator_block", "The operator switched the number off without any reason.",
           service="Virtual number", asked="15.00", pictures=("The operator's notice.",)),
    _story(rental(DV, "D-5022", "noor@example.org", days(6), price="15.00", was_orderable=True,
                  ago={"unavailable_at": days(5.5)}),
           days(5), "number_unavailable", "The city was offered to me and then there was no number.",
           service="Virtual number", asked="15.00", destination="payout", payee=PAYPAL,
           then=(approves(days(4)), fails(days(3), "PayPal refused the payment."))),
    _story(rental(DV, "D-5023", "hugo@example.org", days(9), price="15.00", operational=True),
           days(6), "caller_id", "The people I call see another number than the one I rent.",
           service="Virtual number", asked="15.00", pictures=("Another number is shown.",),
           then=(declines(days(5), "Which number is shown depends on the networks between."),
                 appeals(days(3), "Your sales page promised it, here it is.", "The sales page."),
                 approves(days(1.5), by=ADMIN, amount="7.50",
                          why="Our own page promised it until last week; half the price as goodwill."))),
    _story(rental(DV, "D-5024", "ines@example.com", days(8), price="15.00"),
           minutes(25), "misunderstanding", "I thought that the number could send messages too.",
           service="Virtual number", asked="15.00", sent=False),
)  # fmt: skip

STORIES = (
    *NUMBERPLUG,
    *SMS_SERVICE,
    *ACTIVATION_CLAIMS,
    *CLIENT_NUMBERS,
    *DID_VIRTUAL_NUMBERS,
)
