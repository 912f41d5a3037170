"""What the matrix sends with a write: a body with which somebody who may will change something.

`{name}` stands for an address of the fixture (`world_objects.py`). A route that is not here sends nothing.
"""

from django.core.files.uploadedfile import SimpleUploadedFile

from freelance_hub.services import notifications

PERIOD = {"starts_on": "{today}", "ends_on": "{later}"}
BUDGET = {"amount": "90000", "starts_on": "2020-01-01", "ends_on": "2099-12-31", "approval_limit": "5000"}
TERMS = {"title": "Icons", "rate": "80", "budget": "100", **PERIOD, "manager": "{manager_id}"}
REQUEST = {"program": "{program_pk}", "title": "Icons", "description": "Twelve.", "skills": "Python", **PERIOD}
REQUEST |= {"budget": "5000", "rate_min": "60", "rate_max": "90", "rate_unit": "hour"}
CHANGE = {"budget": "9500", "scope": "One icon more.", "reason": "The list grew."}
REASON = {"reason": "Plans changed."}
PERSON = {"name": "Gil Free", "email": "gil@free.example", "skills": "Python", "state": "available"}
ROLE = {"name": "Auditors", "description": "", "capabilities": ["program.see"]}
PAGE = {"title": "How we pay", "body": "Within a week.", "based_on": "1"}
VIEW = {"view": "save", "name": "My view"}  # every list keeps views

FORMS = {
    "analytics": {"kpi_target": {"target": "5", "band": "1"}},
    "hub": {
        "preferences": "preferences",
        "portal_preferences": "preferences",
        "invitation_create": {"email": "new@free.example", "name": "New", "roles": ["{viewer_role_pk}"]},
        "member_roles": {"roles": ["{viewer_role_pk}"]},
        "member_place": {"manager": "{owner_pk}", "holiday_region": "DE-BE"},
        "role_clone": {"name": "Copy"},
        "role_edit": ROLE,
        "token_create": {"name": "Mine", "kind": "person", "days": "30", "scopes": ["page.see"]},
        "company_settings": {
            "name": "Acme AG",
            "currency": "EUR",
            "time_zone": "Europe/Berlin",
            "work_starts": "08:00",
            "work_ends": "16:30",
        },
        "unit_create": {"name": "Design", "code": "4790", "parent": "{unit_pk}", "approver": "{owner_pk}"},
        "unit_edit": {"name": "Marketing", "code": "4711", "approver": "{owner_pk}"},
        "identity_provider": {
            "name": "Okta",
            "issuer": "https://id.example.com",
            "client_id": "x",
            "secret": "s",
            "domains": "example.com",
        },
    },
    "programs": {
        "program_launch_pack": {
            "name": "Third pilot",
            "purpose": "To see.",
            "owner": "{owner_pk}",
            "legal_entity": "{entity_pk}",
            "org_unit": "{unit_pk}",
            "currency": "EUR",
            "budget_amount": "1000",
            "budget_starts_on": "{today}",
            "budget_ends_on": "{later}",
            "approval_limit": "500",
        },
        "program_budget": BUDGET,
        "launch_item_tick": {"done": "on"},
        "page_create": PAGE,
        "page_edit": PAGE,
        "page_read": {"version": "1"},
        "workspace_message_create": {"body": "Hello"},
        "portal_workspace_message_create": {"body": "Hello"},
        "workspace_people": {"membership": "{member}"},
        "workspace_member_remove": {"membership": "{manager_id}"},
    },
    "talent": {
        "freelancer_import_detail": {"column_0": "name", "column_1": "email"},
        "freelancer_create": PERSON,
        "freelancer_edit": PERSON,
        "requisition_create": REQUEST,
        "requisition_edit": REQUEST,
        "requisition_hold": REASON,
        "requisition_cancel": REASON,
        "submission_create": {"freelancer": "{freelancer}"},
        "submission_decide": {"verdict": "shortlist"},
        "assignment_create": TERMS,
        "assignment_suspend": REASON,
        "assignment_end": REASON,
        "amendment_create": CHANGE,
        "amendment_edit": CHANGE,
        "portal_amendment_decline": REASON,
        "timesheet_week": {"lines": ["{time_line}"], "decision": "return", "reason": "Which project?"},
        "deliverable_create": {"title": "Poster"},
        "deliverable_accept": {"rating": "5"},
        "deliverable_return": REASON,
        "invoice_reject": REASON,
        "payment_batch_create": {"currency": "EUR", "count": "{payable_count}", "total": "{payable_total}"},
        "payment_batch_paid": {"paid_on": "{today}", "invoices": ["{paid_invoice}"]},
        "portal_profile_edit": {"headline": "Painter", "state": "available"},
        "portal_payout_edit": {"holder": "Me", "iban": "NL91ABNA0417164300"},
        "portal_time": {"quantity_{today}": "3", "note_{today}": "Sketches"},
        "portal_time_submit": {"quantity_{today}": "3", "note_{today}": "Sketches"},
        "portal_deliverable_submit": {"note": "Here it is."},
    },
    "workflows": {
        "step_detail": {"outcome": "approved"},
        "step_resolve": {"how": "skip", "reason": "Not needed."},
        "run_cancel": REASON,
        "delegation_create": {"taker": "{taker_pk}", **PERIOD},
        "workflow_start": {"subject": "{assignment}"},
        "grant_create": {"resource": "{resource}", "reason": "For the first day."},
        "grant_hold": REASON,
        "grant_end": REASON,
        "grant_done": {"note": "Serial 4711, signed for."},
        "resource_create": {"name": "Figma", "kind": "licence", "program": "{program_pk}"},
        "resource_edit": {"name": "Phone 2", "kind": "device", "program": "{program_pk}"},
        "drift_detail": {"how": "leave", "reason": "A colleague."},
        "connection_create": {
            "name": "New",
            "url": "https://localhost/hook",
            "secret": "whsec_YWFhYWFhYWFhYWFhYWFhYWFhYWFhYWE=",
        },
        "connection_edit": {"name": "Old hook", "url": "https://localhost/hook"},
        "campaign_create": {"title": "Quarter", "program": "{program}", "days": "14"},
        "orphan_detail": {"successor": "{manager_id}"},
        "run_pause": REASON,
        "step_skip": REASON,
        "definition_create": {"title": "Order a laptop", "source": "playbook:onboarding"},
        "definition_builder": {"do": "add", "kind": "task"},
        "definition_publish": {"note": "The same again."},
        "definition_switch": {"on": "0"},
    },
}
API = {
    "api_freelancer_list": {"name": "Gil Free", "email": "gil@free.example", "skills": ["Python"]},
    "api_freelancer_detail": {"headline": "Painter"},
    "api_requisition_list": {**REQUEST, "program": "{program}", "skills": ["Python"]},
    "api_requisition_cancel": REASON,
    "api_assignment_list": {
        "requisition": "{open_requisition}",
        "freelancer": "{freelancer}",
        "title": "Icons",
        "rate": "80",
        **PERIOD,
    },
    "api_assignment_end": REASON,
    "api_amendment_list": {"assignment": "{assignment}", **CHANGE},
    "api_time_line_return": REASON,
    "api_deliverable_accept": {"rating": 5},
    "api_deliverable_return": REASON,
    "api_invoice_list": {"assignment": "{assignment}"},
    "api_invoice_reject": REASON,
    "api_payment_batch_list": {"currency": "EUR"},
    "api_workflow_start": {"subject": "{assignment}"},
    "api_task_decide": {"outcome": "approved"},
    "api_message_list": {"body": "Hello"},
}
PROVISIONED = {
    "userName": "nils@{company}.example",
    "displayName": "Nils",
    "emails": [{"value": "nils@{company}.example"}],
}
SCIM = {
    "scim_users": PROVISIONED,
    "scim_user": {**PROVISIONED, "Operations": [{"op": "Replace", "path": "title", "value": "Buyer"}]},
    "scim_groups": {"displayName": "Buyers"},
    "scim_group": {
        "displayName": "Viewer",
        "externalId": "group-1",
        "Operations": [{"op": "Replace", "path": "externalId", "value": "group-2"}],
    },
}
BODIES = {name: body for forms in FORMS.values() for name, body in forms.items()} | API | SCIM


def body_of(route, refs):
    """The body with the addresses of a company; to a list that says nothing else, a view to keep."""
    found = BODIES.get(route, {} if route.startswith("api_") else VIEW)
    return _filled(found, refs) if isinstance(found, dict) else {}


def _filled(value, refs):
    if isinstance(value, dict):
        return {_filled(name, refs): _filled(one, refs) for name, one in value.items()}
    if isinstance(value, list):
        return [_filled(one, refs) for one in value]
    return value.format(**refs) if isinstance(value, str) else value


def sent(route, refs):
    """`body_of`, and what cannot be written down: a file, the choices of every kind of news."""
    if BODIES.get(route) == "preferences":
        return {f"{kind}-mail": "daily" for kind in notifications.kinds}
    if route == "freelancer_import":
        return {"file": SimpleUploadedFile("people.csv", b"name,email\nGil,gil@free.example\n", "text/csv")}
    if route == "document_check":
        return {"file": SimpleUploadedFile("receipt.pdf", b"%PDF-1.7", "application/pdf")}
    return body_of(route, refs)
