"""Addresses outside of any company: what nobody gets there, and what somebody who is signed in. `matrix.py` has the others."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Public:
    """A page outside of any company: (what nobody gets, what somebody who is signed in gets) for each verb."""

    verbs: dict[str, tuple[str, str]]
    at: dict[str, str] = field(default_factory=dict)


PUBLIC = {
    "start": Public({"GET": ("login", "shown")}),
    # A GET accepts nothing; that the link was opened stands in the audit log.
    "invitation_open": Public({"GET": ("done", "done"), "POST": ("rule", "rule")}, at={"secret": "invitation_secret"}),
    # A GET never decides, and neither does a POST that says nothing; the secret says whose decision it is.
    "decide_by_mail": Public({"GET": ("shown", "shown"), "POST": ("rule", "rule")}, at={"secret": "link_secret"}),
    # Without a good signature nobody is let in, and the answer tells nothing. `test_callbacks.py` has those who sign.
    "access_callback": Public({"POST": ("401", "401")}, at={"company": "=acme", "public_id": "connection"}),
}

# Pages of allauth: who is not signed in gets only these.
FOR_EVERYBODY = {
    "account_inactive",
    "account_login",
    "account_logout",
    "account_reset_password",
    "account_reset_password_done",
    "account_reset_password_from_key",
    "account_reset_password_from_key_done",
    "account_signup",
    "accounts/social/connections/",  # the old addresses of the four below redirect
    "accounts/social/login/cancelled/",
    "accounts/social/login/error/",
    "accounts/social/signup/",
    "openid_connect_callback",
    "openid_connect_login",
    "socialaccount_login_cancelled",
    "socialaccount_login_error",
}
FOR_ONESELF = {
    "account_change_password",
    "account_confirm_login_code",
    "account_email",
    "account_email_verification_sent",
    "account_reauthenticate",
    "account_set_password",
    "mfa_activate_totp",
    "mfa_add_webauthn",
    "mfa_authenticate",
    "mfa_deactivate_totp",
    "mfa_download_recovery_codes",
    "mfa_edit_webauthn",
    "mfa_generate_recovery_codes",
    "mfa_index",
    "mfa_list_webauthn",
    "mfa_login_webauthn",
    "mfa_reauthenticate",
    "mfa_reauthenticate_webauthn",
    "mfa_remove_webauthn",
    "mfa_view_recovery_codes",
    "socialaccount_connections",
    "socialaccount_signup",
    "usersessions_list",
}

# Django admin. Operators come in with a second factor and a reason; everybody else learns nothing (404).
OPERATORS = {"hub/auditevent", "hub/delivery", "hub/heartbeat", "hub/tenant", "hub/user"}
OPERATORS_PAGES = {"", "reason/", "autocomplete/", "jsi18n/", r"^(?P<app_label>hub)/$"}
MODEL_PAGES = ("", "add/", *(f"<path:object_id>/{page}" for page in ("", "history/", "delete/", "change/")))
ADMIN = {f"admin/{page}" for page in OPERATORS_PAGES} | {
    f"admin/{model}/{page}" for model in OPERATORS for page in MODEL_PAGES
}
# The tables of one company, read-only: one route, behind which a site of its own finds the page. Owners only.
OWNERS_ADMIN = {"t/<slug:tenant>/admin/", "t/<slug:tenant>/admin/<path:rest>"}
