"""What is a secret is never shown, what is none stays readable."""

import pytest

from workflows.masking import HIDDEN, is_secret_name, mask, mask_text


@pytest.mark.parametrize(
    "name",
    [
        "secret",
        "client_secret",
        "accessToken",
        "refresh-token",
        "password",
        "Authorization",
        "X-API-Key",
        "iban",
        "payout_iban",
        "sig",
        "private_key",
        "Set-Cookie",
    ],
)
def test_a_field_with_a_secret_name_is_hidden_whole(name):
    assert is_secret_name(name)
    assert mask({name: "anything at all"}) == {name: HIDDEN}
    assert mask({name: {"value": "nested"}}) == {name: HIDDEN}


@pytest.mark.parametrize(
    "name", ["title", "amount", "token_count", "expires", "design", "assigned_to", "password_expires_at"]
)
def test_other_fields_stay(name):
    assert mask({name: "plain words"}) == {name: "plain words"}


def test_nothing_is_made_of_an_empty_secret():
    assert mask({"token": "", "password": None}) == {"token": "", "password": None}


def test_lists_and_objects_are_masked_at_every_depth_and_the_original_stays():
    data = {"calls": [{"headers": {"authorization": "Bearer abc.def.ghi"}, "status": 201}, ["plain", 3, True]]}

    assert mask(data) == {"calls": [{"headers": {"authorization": HIDDEN}, "status": 201}, ["plain", 3, True]]}
    assert data["calls"][0]["headers"]["authorization"] == "Bearer abc.def.ghi"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Authorization: Bearer abcdef123456", f"Authorization: Bearer {HIDDEN}"),
        ("got bearer AbC.dEf-123~x/=", f"got bearer {HIDDEN}"),
        ("Basic dXNlcjpwYXNz failed", f"Basic {HIDDEN} failed"),
        (
            "GET https://files.example/a.pdf?sv=2024&sig=ab%2Fcd%3D&se=2026 gave 403",
            f"GET https://files.example/a.pdf?sv=2024&sig={HIDDEN}&se=2026 gave 403",
        ),
        ("https://x.example/?client_secret=s3cr3t", f"https://x.example/?client_secret={HIDDEN}"),
        ('{"password": "hunter2", "user": "ann"}', f'{{"password": "{HIDDEN}", "user": "ann"}}'),
        ("password=hunter2; retry", f"password={HIDDEN}; retry"),
        ("postgres://fh_app:s3cr3t@db/hub", f"postgres://fh_app:{HIDDEN}@db/hub"),
        ("jwt eyJhbGciOiJI.eyJzdWIiOiIx.abc-_ end", f"jwt {HIDDEN} end"),
        ("pay to DE89 3704 0044 0532 0130 00 today", f"pay to {HIDDEN} today"),
        ("pay to GB82WEST12345698765432", f"pay to {HIDDEN}"),
        (
            "open https://hub.example/t/acme/invitations/Zm9vYmFyYmF6cXV4MTIz now",
            f"open https://hub.example/t/acme/invitations/{HIDDEN} now",
        ),
        ("-----BEGIN PRIVATE KEY-----\nabc\n-----END PRIVATE KEY----- after", f"{HIDDEN} after"),
    ],
)
def test_secrets_inside_a_text_are_replaced(text, shown):
    assert mask_text(text) == shown
    assert mask_text(mask_text(text)) == mask_text(text)


@pytest.mark.parametrize(
    "text",
    [
        "The worker did not answer in time, 3 times.",
        "REQ-318 Android payments SDK: 20,000.00 EUR",
        "Basic rules and a bearer of news",
        "https://hub.example/t/acme/workflows/?state=running&page=2",
        "signal lost at 12:00",
        "design=blue",
    ],
)
def test_plain_words_stay_as_they_are(text):
    assert mask_text(text) == text
