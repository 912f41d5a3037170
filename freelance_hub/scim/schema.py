"""What is known of a person in SCIM: the attributes, their types, and the documents that describe them."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from freelance_hub.scim.faults import Fault
from freelance_hub.services.directory import ENTERPRISE

USER = "urn:ietf:params:scim:schemas:core:2.0:User"
GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
CORE = "urn:ietf:params:scim:schemas:core:2.0:"
LONGEST = 1000


@dataclass(frozen=True)
class Attribute:
    """One attribute: `kind` is string, boolean, reference or complex."""

    name: str
    kind: str = "string"
    sub: tuple["Attribute", ...] = ()
    is_multi: bool = False
    is_required: bool = False
    is_unique: bool = False
    help: str = ""

    def described(self, canonical: Iterable[str] = ()) -> dict[str, Any]:
        """As /Schemas tells it."""
        said: dict[str, Any] = {
            "name": self.name,
            "type": self.kind,
            "multiValued": self.is_multi,
            "description": self.help or self.name,
            "required": self.is_required,
            "mutability": "readWrite",
            "returned": "default",
        }
        if self.kind == "complex":
            said["subAttributes"] = [one.described(canonical if one.name == "value" else ()) for one in self.sub]
            return said
        if self.kind == "string":
            said |= {"caseExact": False, "uniqueness": "server" if self.is_unique else "none"}
        if self.kind == "reference":
            said |= {"referenceTypes": ["User"], "caseExact": True, "uniqueness": "none"}
        if canonical:
            said["canonicalValues"] = list(canonical)
        return said


A = Attribute
ATTRIBUTES = (
    A("userName", is_required=True, is_unique=True, help="By which the directory finds the person."),
    A(
        "name",
        "complex",
        (A("formatted"), A("familyName"), A("givenName")),
        help="Used where there is no displayName.",
    ),
    A("displayName", help="The name that is shown."),
    A("title", help="What the person does."),
    A("timezone", help="Such as Europe/Berlin."),
    A("active", "boolean", is_required=True, help="False holds the person back at once."),
    A(
        "emails",
        "complex",
        (A("value", is_required=True), A("display"), A("type"), A("primary", "boolean")),
        is_multi=True,
        is_required=True,
        help="The primary one signs in. It must be of a mail domain that the company has proved.",
    ),
    A(
        "roles",
        "complex",
        (A("value"), A("display"), A("type"), A("primary", "boolean")),
        is_multi=True,
        help="Keys of roles for employees that do not administer the company.",
    ),
)
MANAGER = A(
    "manager",
    "complex",
    (A("value"), A("$ref", "reference")),
    help="The id of another person here.",
)
EXTENSION = (
    A("employeeNumber"),
    A("costCenter"),
    A("organization"),
    A("division"),
    A("department"),
    MANAGER,
)
COMMON = (A("externalId"),)
GROUP_ATTRIBUTES = (
    A("displayName", is_required=True, is_unique=True, help="The name of the role that the group is."),
    A(
        "members",
        "complex",
        (A("value", help="The id of a person here."), A("$ref", "reference")),
        is_multi=True,
        help="The employees who have the role.",
    ),
)
KNOWN = {one.name.lower(): one for one in (*ATTRIBUTES, *COMMON)}
KNOWN_OF_GROUPS = {one.name.lower(): one for one in (*GROUP_ATTRIBUTES, *COMMON)}
EXTENDED = {one.name.lower(): one for one in EXTENSION}


def resource_types(base: str) -> list[dict[str, Any]]:
    return [
        {
            "schemas": [f"{CORE}ResourceType"],
            "id": "User",
            "name": "User",
            "endpoint": "/Users",
            "description": "Employees",
            "schema": USER,
            "schemaExtensions": [{"schema": ENTERPRISE, "required": False}],
            "meta": {"resourceType": "ResourceType", "location": f"{base}/ResourceTypes/User"},
        },
        {
            "schemas": [f"{CORE}ResourceType"],
            "id": "Group",
            "name": "Group",
            "endpoint": "/Groups",
            "description": "Roles for employees that do not administer the company",
            "schema": GROUP,
            "meta": {"resourceType": "ResourceType", "location": f"{base}/ResourceTypes/Group"},
        },
    ]


def schemas(base: str, roles: Iterable[str]) -> list[dict[str, Any]]:
    """All schemas; `roles` are the keys that can be given."""
    return [
        {
            "schemas": [f"{CORE}Schema"],
            "id": urn,
            "name": name,
            "description": help_,
            "attributes": [one.described(roles if one.name == "roles" else ()) for one in attributes],
            "meta": {"resourceType": "Schema", "location": f"{base}/Schemas/{urn}"},
        }
        for urn, name, help_, attributes in (
            (USER, "User", "An employee", ATTRIBUTES),
            (ENTERPRISE, "EnterpriseUser", "Their place in the company", EXTENSION),
            (GROUP, "Group", "A role and who has it", GROUP_ATTRIBUTES),
        )
    ]


def service_provider_config(base: str) -> dict[str, Any]:
    no = {"supported": False}
    return {
        "schemas": [f"{CORE}ServiceProviderConfig"],
        "patch": {"supported": True},
        "bulk": {**no, "maxOperations": 0, "maxPayloadSize": 0},
        "filter": {"supported": True, "maxResults": 200},
        "changePassword": no,
        "sort": no,
        "etag": no,
        "authenticationSchemes": [
            {
                "type": "oauthbearertoken",
                "name": "Bearer token",
                "description": "An API token of Freelance Hub with the scope people.provision.",
                "primary": True,
            }
        ],
        "meta": {"resourceType": "ServiceProviderConfig", "location": f"{base}/ServiceProviderConfig"},
    }


def cleaned(body: Any) -> dict[str, Any]:
    """The attributes of a body by their proper names, of the right types; what is not known is left out.

    Raises Fault (400, invalidValue) for a wrong type or a missing userName.
    """
    if not isinstance(body, dict):
        raise Fault(400, "Send one JSON object.", "invalidSyntax")
    found = _object(body, KNOWN, "")
    extension = next((value for name, value in body.items() if name.lower() == ENTERPRISE.lower()), None)
    if isinstance(extension, dict):
        said = _object(extension, EXTENDED, f"{ENTERPRISE}:")
        found |= {ENTERPRISE: said} if said else {}
    if not found.get("userName"):
        raise Fault(400, "userName is missing.", "invalidValue")
    return found


def cleaned_group(body: Any) -> dict[str, Any]:
    """The same for a group, which needs a displayName."""
    if not isinstance(body, dict):
        raise Fault(400, "Send one JSON object.", "invalidSyntax")
    found = _object(body, KNOWN_OF_GROUPS, "")
    if not str(found.get("displayName") or "").strip():
        raise Fault(400, "displayName is missing.", "invalidValue")
    return found


def _object(body: dict[str, Any], known: dict[str, Attribute], path: str) -> dict[str, Any]:
    found = {}
    for name, value in body.items():
        attribute = known.get(str(name).lower())
        if attribute is not None and value is not None:
            found[attribute.name] = value_of(attribute, value, path + attribute.name)
    return found


def value_of(attribute: Attribute, value: Any, path: str) -> Any:
    """A value as its attribute has it. Entra writes "False" for false, and single values for lists of one."""
    if attribute.is_multi:
        values = value if isinstance(value, list) else [value]
        return [_single(attribute, one, path) for one in values]
    return _single(attribute, value, path)


def _single(attribute: Attribute, value: Any, path: str) -> Any:
    if attribute.kind == "complex":
        if isinstance(value, str) and any(one.name == "value" for one in attribute.sub):
            value = {"value": value}
        if not isinstance(value, dict):
            raise Fault(400, f"{path} is an object.", "invalidValue")
        return _object(value, {one.name.lower(): one for one in attribute.sub}, f"{path}.")
    if attribute.kind == "boolean":
        if isinstance(value, str) and value.lower() in {"true", "false"}:
            return value.lower() == "true"
        if not isinstance(value, bool):
            raise Fault(400, f"{path} is true or false.", "invalidValue")
        return value
    if not isinstance(value, str) or len(value) > LONGEST or "\x00" in value:
        raise Fault(400, f"{path} is a text of at most {LONGEST} characters.", "invalidValue")
    return value
