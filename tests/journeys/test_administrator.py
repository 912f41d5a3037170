"""An operator opens a company; its owner sets it up, gives a role of the company's own, and reads what was changed."""

import time

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, generate_totp_secret, hotp_value
from playwright.sync_api import expect

from freelance_hub.models import User
from tests.journeys.people import link_in_mail, look
from tests.world import PASSWORD

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.django_db(transaction=True, databases=["default", "platform"]),
]

OWNER = "olga@nordwind.example"


@pytest.fixture
def operator(transactional_db):
    """(address, key of the authenticator app) of who runs the installation."""
    user = User.objects.create_superuser("root@hub.example", PASSWORD, name="Rita Root")
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    secret = generate_totp_secret()
    TOTP.activate(user, secret)
    return user.email, secret


def test_a_company_is_opened_set_up_and_kept_apart(acme, person, operator):
    open_the_company(person("operator"), *operator)
    owner = join(person("owner"))
    first_unit(owner)
    role_without_rates(owner)
    read_the_record(owner)
    strangers_get_nothing(acme, person, owner)


def open_the_company(operator, address, secret):
    """With a second factor and a reason, which the audit log keeps."""
    operator.open("/admin/").write("E-mail", address).write("Password", PASSWORD).press("Sign in")
    expect(operator.page.get_by_role("heading", name="One more step")).to_be_visible()
    operator.write("Code", format_hotp_value(hotp_value(secret, int(time.time()) // 30))).press("Sign in")
    operator.write("Reason", "Ticket 4711: Nordwind wants to start.").press("Go on")
    operator.page.get_by_role("link", name="Add").first.click()
    operator.write("Name", "Nordwind AG").write("Address", "nordwind").write("Country", "DE")
    operator.page.get_by_label("Staff second factor").uncheck()
    operator.write("E-mail of the first owner", OWNER)
    look(operator, "admin-company")
    operator.press("Open the company")
    expect(operator.page.get_by_text(f"Nordwind AG is open; {OWNER} gets the invitation.")).to_be_visible()
    operator.page.get_by_role("link", name="Home").first.click()
    tables = operator.page.locator("#content-main th a")
    expect(tables.first).to_be_visible()
    for number in range(tables.count()):
        address = tables.nth(number).get_attribute("href")
        assert operator.page.request.get(operator.url + address).status == 200, address


def join(owner):
    owner.open(link_in_mail(OWNER)).is_at("Join Nordwind AG")
    owner.write("Name", "Olga Owner").write("Password", "a long enough secret 42").press("Join")
    owner.page.wait_for_url("**/t/nordwind/**")
    return owner.sees("No program yet")


def first_unit(owner):
    owner.open("/t/nordwind/company/").follow("Organisation units").sees("No units yet").follow("New unit")
    owner.write("Name", "Marketing").write("Cost centre", "4711").choose("Approver", "Olga Owner").press("Save")
    owner.is_at("Organisation units").sees("4711", "Olga Owner")


def role_without_rates(owner):
    """A copy of the program manager's role that does not show what others earn."""
    owner.open("/t/nordwind/company/").follow("Roles").follow("Program manager").follow("Clone")
    owner.write("Name", "Program manager without rates").press("Clone").is_at("Edit a role")
    rates = owner.page.get_by_label("See rates of everyone")
    expect(rates).to_be_checked()
    rates.uncheck()
    owner.press("Save").is_at("Program manager without rates").sees_not("See rates of everyone")


def read_the_record(owner):
    """Who, what, before and after."""
    owner.open("/t/nordwind/company/").follow("Audit log").is_at("Audit log").sees("Olga Owner")
    look(owner, "audit-log")
    change = owner.page.locator("main tbody tr").filter(has_text="Changed").filter(has_text="Role").first
    expect(change).to_contain_text("Olga Owner")
    expect(change).to_contain_text("capabilities: − rate.see")


def strangers_get_nothing(acme, person, owner):
    """Neither side learns of the other, by address, by admin or by export."""
    stranger = person("owner").take_session(acme)
    for address in ("", "company/", "admin/", "members/", "members/?format=csv", "roles/"):
        assert stranger.page.request.get(f"{stranger.url}/t/nordwind/{address}").status == 404, address
        assert owner.page.request.get(f"{owner.url}/t/acme/{address}").status == 404, address
