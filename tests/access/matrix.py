"""What everybody gets at every address: the reviewed document. `docs/access.md` is made from it, `test_matrix.py` holds it.

A row names the objects of the fixture in its address (`world_objects.py`), and for each verb who is let in. Letters:

    O owner   P program manager   H hiring manager of the objects   T another hiring manager   A approver   F finance
    C compliance   V viewer   f the freelancer of the objects   o another freelancer   a agency

`GET="PH 404:T"`: P and H get the page, T learns nothing, and nobody else. First stands who is let in: who sees it (GET), or
whose request changes something (other verbs). Then `shown:` let in, nothing changes; `done:` a GET that leaves a trace in the
audit log; `rule:` let in, and a rule says no; `403:` and `404:`. Who is not named gets 403 in the console and the API, 404 in
the portal. Guests get 404 in the console, employees 404 in the portal. Nobody signed in: the sign-in page, or 401 in the API.
Suspended people, ended guests and the other company's people: 404, or 401 in the API for those whose tokens have died.
Everybody who is let in gets 404 at the same address with an object of the other company.
"""

import re
from dataclasses import dataclass

EMPLOYEES, GUESTS = "OPHTAFCV", "foa"
ALL = EMPLOYEES
EVERYBODY = EMPLOYEES + GUESTS


@dataclass(frozen=True)
class Row:
    """One address."""

    at: dict[str, str]
    verbs: dict[str, str]
    is_open: bool = False  # the API's own description is for everybody
    open_outcome: str = "shown"

    @property
    def names_objects(self) -> bool:
        return any(not said.startswith("=") for argument, said in self.at.items() if argument != "?")


def row(at="", /, *, query="", is_open=False, **verbs):
    """`at` is "argument:object …"; see the top for the verbs."""
    found = dict(pair.split(":", 1) for pair in at.split())
    return Row(found | ({"?": query} if query else {}), verbs, is_open=is_open)


def wanted(zone, row, verb, letter):
    """The outcome that is right for one person."""
    if (zone == "console" and letter in GUESTS) or (zone == "portal" and letter in EMPLOYEES):
        return "404"
    first, *others = (
        ["", *row.verbs[verb].split()] if row.verbs[verb].startswith(CODES) else row.verbs[verb].split() or [""]
    )
    if letter in first:
        return "shown" if verb == "GET" else "done"
    for other in others:
        code, letters = other.split(":")
        if letter in letters:
            return code
    return "404" if zone == "portal" else "403"


CODES = ("shown:", "done:", "rule:", "403:", "404:")


def example(path):
    """An address of a third-party package with something that is not there for each of its arguments."""
    return re.sub(r"<path:\w+>|<int:\w+>|\(\?P<\w+>[^)]*\)|<slug:\w+>", "1", path).replace("^", "").replace("$", "")


ROWS = {
    # The company: people, roles, news, settings
    "search": row(GET=ALL),
    "notification_list": row(GET=ALL),
    "notification_read_all": row(POST=f"shown:{ALL}"),
    "notification_open": row("public_id:news", POST="shown:O 404:PHTAFCV"),
    "preferences": row(GET=ALL, POST=ALL),
    "member_list": row(GET="OPCV", POST="shown:OPCV"),
    "invitation_create": row(GET="O", POST="O"),
    "invitation_send_again": row("public_id:invitation", POST="O"),
    "invitation_revoke": row("public_id:invitation", POST="O"),
    "member_detail": row("public_id:member", GET="OPCV"),
    "member_roles": row("public_id:member", GET="O", POST="O"),
    "member_place": row("public_id:member", GET="O", POST="O"),
    "member_suspend": row("public_id:member", POST="O"),
    "member_resume": row("public_id:suspended_member", POST="O"),
    "member_end": row("public_id:member", GET="O", POST="O"),
    "role_list": row(GET="OPCV"),
    "role_detail": row("key:role", GET="OPCV"),
    "role_clone": row("key:role", GET="O", POST="O"),
    "role_edit": row("key:role", GET="O", POST="O"),
    "token_list": row(GET=ALL),
    "token_create": row(GET=ALL, POST=f"shown:{ALL}"),
    "token_revoke": row("public_id:token", POST="O 404:PHTAFCV"),
    "company_detail": row(GET=ALL),
    "company_settings": row(GET="O", POST="shown:O"),
    "unit_list": row(GET="O"),
    "unit_create": row(GET="O", POST="O"),
    "unit_edit": row("public_id:unit", GET="O", POST="O"),
    "identity_provider": row(GET="O", POST="shown:O"),
    "audit_list": row(GET="OCV", POST="shown:OCV"),
    "job_list": row(GET=ALL, POST=f"shown:{ALL}"),
    "job_detail": row("public_id:job", GET="OP 404:HTAFCV"),
    "job_cancel": row("public_id:waiting_job", GET="P rule:O 404:HTAFCV", POST="P rule:O 404:HTAFCV"),
    "job_rejected": row("public_id:job", GET="OP 404:HTAFCV"),
    "file_download": row("public_id:message_file", GET="PH 404:T"),
    # Programs: programs, pages, workspaces
    "program_list": row(GET=ALL, POST=f"shown:{ALL}"),
    "program_launch": row(GET="P"),
    "program_launch_pack": row("pack:=pilot", GET="P", POST="P"),
    "program_detail": row("number:program", GET=ALL),
    "program_go_live": row("number:draft_program", POST="shown:P"),
    "program_budget": row("number:program", GET="P", POST="P"),
    "launch_item_tick": row("number:draft_program key:launch_item", POST="P"),
    "page_list": row(GET=ALL, POST=f"shown:{ALL}"),
    "page_create": row(GET="P", POST="P"),
    "page_detail": row("slug:page", GET=ALL),
    "page_edit": row("slug:page", GET="P", POST="P"),
    "page_read": row("slug:page", POST=ALL),
    "workspace_list": row(GET="PHT", POST="shown:PHT"),
    "workspace_detail": row("public_id:workspace", GET="PH 404:T"),
    "workspace_message_create": row("public_id:workspace", POST="PH 404:T"),
    "workspace_people": row("public_id:workspace", GET="PH 404:T", POST="PH 404:T"),
    "workspace_member_remove": row("public_id:workspace", POST="shown:PH 404:T"),
    "workspace_archive": row("public_id:workspace", GET="PH 404:T", POST="PH 404:T"),
    "workspace_reopen": row("public_id:workspace", POST="shown:PH 404:T"),
    # Talent: the directory, requests, assignments, work, money
    "freelancer_list": row(GET="OPHTCV", POST="shown:OPHTCV"),
    "freelancer_create": row(GET="P", POST="P"),
    "freelancer_import": row(GET="P", POST="P"),
    "freelancer_import_detail": row("public_id:mapping_import", GET="P", POST="P"),
    "freelancer_import_start": row("public_id:checked_import", POST="P"),
    "freelancer_import_undo": row("public_id:import", GET="P", POST="P"),
    "freelancer_import_rejected": row("public_id:import", GET="P"),
    "freelancer_detail": row("public_id:freelancer", GET="OPHTCV"),
    "freelancer_edit": row("public_id:free_freelancer", GET="P", POST="P"),
    "requisition_list": row(GET=ALL, POST=f"shown:{ALL}"),
    "requisition_create": row(GET="PHT", POST="PHT"),
    "requisition_detail": row("number:open_requisition", GET="OPHAFCV 404:T"),
    "requisition_edit": row("number:draft_requisition", GET="PH 404:TA", POST="PH 404:TA"),
    "requisition_submit": row("number:draft_requisition", POST="PH 404:TA"),
    "requisition_hold": row("number:open_requisition", GET="PH 404:T", POST="PH 404:T"),
    "requisition_reopen": row("number:held_requisition", POST="PH 404:T"),
    "requisition_close": row("number:held_requisition", POST="PH 404:T"),
    "requisition_cancel": row("number:waiting_requisition", GET="PH 404:T", POST="PH 404:T"),
    "submission_create": row("number:open_requisition", POST="PH 404:T"),
    "submission_decide": row("number:open_requisition public_id:candidate", POST="PH 404:T"),
    "assignment_create": row("number:open_requisition public_id:candidate", GET="PH 404:T", POST="PH 404:T"),
    "assignment_list": row(GET="OPHTFCV", POST="shown:OPHTFCV"),
    "assignment_detail": row("number:assignment", GET="OPHFCV 404:T"),
    "assignment_start": row("number:planned_assignment", POST="PH 404:T"),
    "assignment_suspend": row("number:assignment", GET="PH 404:T", POST="PH 404:T"),
    "assignment_resume": row("number:assignment", POST="shown:PH 404:T"),
    "assignment_end": row("number:assignment", GET="PH 404:T", POST="PH 404:T"),
    "amendment_create": row("number:assignment", GET="PH 404:T", POST="PH 404:T"),
    "amendment_detail": row("number:draft_amendment", GET="OPHFCV 404:TA"),
    "amendment_edit": row("number:draft_amendment", GET="PH 404:TA", POST="PH 404:TA"),
    "amendment_submit": row("number:draft_amendment", POST="PH 404:TA"),
    "amendment_withdraw": row("number:draft_amendment", GET="PH 404:TA", POST="PH 404:TA"),
    "work_list": row(GET="OPHTFV", POST="shown:OPHTFV"),
    "time_list": row(GET="OPHTFV", POST="shown:OPHTFV"),
    "timesheet_week": row("number:assignment week:week", GET="OPHFV 404:T", POST="PH 404:T"),
    "deliverable_create": row("number:assignment", GET="PH 404:T", POST="PH 404:T"),
    "deliverable_list": row(GET="OPHTFV", POST="shown:OPHTFV"),
    "deliverable_detail": row("public_id:deliverable", GET="OPHFV 404:T"),
    "deliverable_accept": row("public_id:deliverable", GET="PH 404:T", POST="PH 404:T"),
    "deliverable_return": row("public_id:deliverable", GET="PH 404:T", POST="PH 404:T"),
    "invoice_list": row(GET="OPHTFV", POST="shown:OPHTFV"),
    "invoice_create": row(GET="PHT"),
    "invoice_create_for": row("number:assignment", GET="PH 404:T", POST="PH 404:T"),
    "invoice_detail": row("number:invoice", GET="OPHFV 404:T"),
    "invoice_approve": row("number:invoice", POST="PH 404:T"),
    "invoice_release": row("number:approved_invoice", POST="F 404:H"),
    "invoice_reject": row("number:invoice", GET="PH 404:T", POST="PH 404:T"),
    "payment_batch_list": row(GET="OPFV", POST="shown:OPFV"),
    "payment_batch_create": row(GET="F", POST="F"),
    "payment_batch_detail": row("number:batch", GET="OPFV"),
    "payment_batch_download": row("number:batch", GET="done:F"),
    "payment_batch_control": row("number:batch", GET="OPFV"),
    "payment_batch_paid": row("number:batch", GET="F", POST="F"),
    # Workflows and figures
    "inbox": row(GET="OPHTAFC", POST="shown:OPHTAFC"),
    "step_detail": row("public_id:approval", GET="OPHACV 404:TF", POST="PA rule:H 404:TF"),
    "step_resolve": row("public_id:stuck_step", GET="P 404:TAF", POST="shown:P 404:TAF"),
    "run_list": row(GET="OPCV", POST="shown:OPCV"),
    "attestation_list": row(GET=EMPLOYEES, POST=f"shown:{EMPLOYEES}"),
    "campaign_list": row(GET="OPCV", POST="shown:OPCV"),
    "campaign_create": row(GET="OP", POST="OP"),
    "campaign_detail": row("public_id:campaign", GET="OPCV", POST="shown:OPCV"),
    "campaign_close": row("public_id:campaign", POST="rule:OP"),
    "orphan_list": row(GET="O", POST="shown:O"),
    "orphan_detail": row("public_id:handover", GET="O", POST="O"),
    "orphan_give_back": row("public_id:handover", POST="shown:O"),
    "document_check": row(GET=EMPLOYEES, POST=f"shown:{EMPLOYEES}"),
    "receipt_detail": row("public_id:receipt", GET="OPHFCV 404:T"),
    "run_detail": row("public_id:run", GET="OPHACV 404:TF"),
    "workflow_start": row("public_id:callable", POST="PH 404:T"),
    "run_cancel": row("public_id:run", GET="P 404:TF", POST="P 404:TF"),
    # Accesses, the catalogue, connections
    "grant_list": row(GET="OPHTCV", POST="shown:OPHTCV"),
    "grant_detail": row("public_id:grant", GET="OPHCV 404:T"),
    "grant_create": row("number:assignment", GET="OPH 404:T", POST="OPH 404:T"),
    "grant_hold": row("public_id:grant", GET="OPH 404:T", POST="OPH 404:T"),
    "grant_resume": row("public_id:held_grant", POST="OPH 404:T"),
    "grant_end": row("public_id:grant", GET="OPH 404:T", POST="OPH 404:T"),
    "grant_done": row("public_id:grant", GET="OPHCV 404:T", POST="H rule:OPCV 404:T"),
    "resource_list": row(GET="OPHTCV", POST="shown:OPHTCV"),
    "resource_create": row(GET="OP", POST="OP"),
    "resource_detail": row("public_id:resource", GET="OPHTCV"),
    "resource_edit": row("public_id:resource", GET="OP", POST="OP"),
    "resource_retire": row("public_id:resource", POST="OP"),
    "drift_list": row(GET="OPHTCV", POST="shown:OPHTCV"),
    "drift_detail": row("public_id:drift", GET="OPCV 404:HT", POST="OP 404:HT"),
    "connection_list": row(GET="OCV"),
    "connection_create": row("kind:=webhook", GET="O", POST="rule:O"),
    "connection_detail": row("public_id:connection", GET="OCV"),
    "connection_edit": row("public_id:connection", GET="O", POST="O"),
    "connection_test": row("public_id:connection", POST="O"),
    "connection_remove": row("public_id:idle_connection", GET="O", POST="O"),
    "delegation_list": row(GET="OPHTAFC"),
    "delegation_create": row(GET="OPHTAFC", POST="OPHTAFC"),
    "delegation_revoke": row("public_id:delegation", POST="OC 404:PHTAFV"),
    "run_pause": row("public_id:run", GET="P 404:TF", POST="P 404:TF"),
    "run_resume": row("public_id:paused_run", POST="P 404:TF"),
    "step_skip": row("public_id:task", GET="P 404:TAF", POST="shown:P 404:TAF"),
    "step_retry": row("public_id:queued_step", POST="shown:P 404:TAF"),
    "workflow_monitoring": row(GET="OPCV"),
    "definition_list": row(GET="OPCV", POST="shown:OPCV"),
    "definition_create": row(GET="P", POST="P"),
    "definition_detail": row("public_id:definition", GET="OPCV"),
    "definition_builder": row("public_id:definition", GET="P", POST="P"),
    "definition_dry_run": row("public_id:definition", GET="P"),
    "definition_publish": row("public_id:definition", GET="P", POST="P"),
    "definition_switch": row("public_id:definition", POST="P"),
    "dashboard": row(GET=ALL),
    "kpi_list": row(GET="OPHTFCV"),
    "kpi_detail": row("key:=time_to_fill", GET="OPHTFCV", POST="shown:OPHTFCV"),
    "kpi_target": row("key:=time_to_fill", query="?program={program}", GET="P", POST="P"),
    # The portal
    "portal_search": row(GET=GUESTS),
    "portal_notification_list": row(GET=GUESTS),
    "portal_notification_read_all": row(POST=f"shown:{GUESTS}"),
    "portal_notification_open": row("public_id:freelancer_news", POST="shown:f"),
    "portal_preferences": row(GET=GUESTS, POST=GUESTS),
    "portal_file_download": row("public_id:message_file", GET="f"),
    "portal_workspace_list": row(GET=GUESTS, POST=f"shown:{GUESTS}"),
    "portal_workspace_detail": row("public_id:workspace", GET="f"),
    "portal_workspace_message_create": row("public_id:workspace", POST="f"),
    "portal_home": row(GET=GUESTS),
    "portal_assignment_detail": row("number:assignment", GET="f"),
    "portal_amendment_detail": row("number:offered_amendment", GET="f"),
    "portal_amendment_accept": row("number:offered_amendment", POST="f"),
    "portal_amendment_decline": row("number:offered_amendment", GET="f", POST="f"),
    "portal_profile": row(GET="fo"),
    "portal_profile_edit": row(POST="fo"),
    "portal_payout_edit": row(GET="fo", POST="fo"),
    "portal_time_start": row(GET="fo 403:a"),
    "portal_time": row("number:assignment week:this_week", GET="f", POST="f"),
    "portal_time_submit": row("number:assignment week:this_week", POST="f"),
    "portal_deliverable_list": row(GET="fo 403:a", POST="shown:fo 403:a"),
    "portal_deliverable_detail": row("public_id:deliverable", GET="f"),
    "portal_deliverable_submit": row("public_id:returned_deliverable", POST="f"),
    "portal_invoice_list": row(GET=GUESTS, POST=f"shown:{GUESTS}"),
    "portal_invoice_create": row("number:assignment", GET="f", POST="f"),
    "portal_invoice_detail": row("number:invoice", GET="f"),
    "portal_grant_list": row(GET=GUESTS),
    "portal_tasks": row(GET=GUESTS),
    "portal_task_complete": row("public_id:guest_task", GET="f", POST="f"),
    # The API
    "api_schema": row(is_open=True, GET=EVERYBODY),
    "api_docs": row(is_open=True, GET=EVERYBODY),
    "api_me": row(GET=EVERYBODY),
    "api_job_list": row(GET=EVERYBODY),
    "api_job_detail": row("public_id:job", GET="OP 404:HTAFCVfoa"),
    "api_program_list": row(GET=ALL),
    "api_program_detail": row("number:program", GET=ALL),
    "api_page_list": row(GET=ALL),
    "api_page_detail": row("slug:page", GET=ALL),
    "api_workspace_list": row(GET="PHTfo"),
    "api_workspace_detail": row("public_id:workspace", GET="PHf 404:To"),
    "api_message_list": row("workspace_id:workspace", GET="PHf 404:To", POST="PHf 404:To"),
    "api_freelancer_list": row(GET="OPHTCV", POST="P"),
    "api_freelancer_detail": row("public_id:freelancer", GET="OPHTCV", PATCH="P"),
    "api_requisition_list": row(GET=ALL, POST="PHT"),
    "api_requisition_detail": row("number:open_requisition", GET="OPHAFCV 404:T"),
    "api_requisition_submit": row("number:draft_requisition", POST="PH 404:T"),
    "api_requisition_cancel": row("number:waiting_requisition", POST="PH 404:T"),
    "api_assignment_list": row(GET="OPHTFCV", POST="PH 404:T"),
    "api_assignment_detail": row("number:assignment", GET="OPHFCV 404:T"),
    "api_assignment_start": row("number:planned_assignment", POST="PH 404:T"),
    "api_assignment_end": row("number:assignment", POST="PH 404:T"),
    "api_amendment_list": row(GET="OPHTFCV", POST="PH 404:T"),
    "api_amendment_detail": row("number:draft_amendment", GET="OPHFCV 404:T"),
    "api_amendment_submit": row("number:draft_amendment", POST="PH 404:T"),
    "api_amendment_withdraw": row("number:draft_amendment", POST="PH 404:T"),
    "api_time_line_list": row(GET="OPHTFV"),
    "api_time_line_detail": row("public_id:time_line", GET="OPHFV 404:T"),
    "api_time_line_accept": row("public_id:time_line", POST="PH 404:T"),
    "api_time_line_return": row("public_id:time_line", POST="PH 404:T"),
    "api_deliverable_list": row(GET="OPHTFV"),
    "api_deliverable_detail": row("public_id:deliverable", GET="OPHFV 404:T"),
    "api_deliverable_accept": row("public_id:deliverable", POST="PH 404:T"),
    "api_deliverable_return": row("public_id:deliverable", POST="PH 404:T"),
    "api_invoice_list": row(GET="OPHTFV", POST="PH 404:T"),
    "api_invoice_detail": row("number:invoice", GET="OPHFV 404:T"),
    "api_invoice_approve": row("number:invoice", POST="PH 404:T"),
    "api_invoice_release": row("number:approved_invoice", POST="F"),
    "api_invoice_reject": row("number:invoice", POST="PH 404:T"),
    "api_payment_batch_list": row(GET="OPFV", POST="F"),
    "api_payment_batch_detail": row("number:batch", GET="OPFV"),
    "api_workflow_list": row(GET="PHT"),
    "api_workflow_start": row("public_id:callable", POST="PH 404:T"),
    "api_task_list": row(GET=EVERYBODY),
    "api_task_detail": row("public_id:approval", GET="OPHACV 404:TFfoa"),
    "api_task_decide": row("public_id:approval", POST="PA rule:H 404:TFfoa"),
    "api_task_complete": row("public_id:task", POST="H rule:OPC 404:TAFfoa"),
    "api_grant_list": row(GET="OPHTCVfoa"),
    "api_grant_detail": row("public_id:grant", GET="OPHCVf 404:Toa"),
    "api_resource_list": row(GET="OPHTCV"),
    "api_resource_detail": row("public_id:resource", GET="OPHTCV"),
    "api_kpi_list": row(GET="OPHTFCV"),
}

SCIM = {
    "scim_config": row(GET="O"),
    "scim_types": row(GET="O"),
    "scim_type": row("name:=User", GET="O"),
    "scim_schemas": row(GET="O"),
    "scim_schema": row("name:=urn:ietf:params:scim:schemas:core:2.0:User", GET="O"),
    "scim_users": row(GET="O", POST="O"),
    "scim_users_search": row(POST="shown:O"),
    "scim_user": row("public_id:member", GET="O", PUT="O", PATCH="O", DELETE="O"),
    "scim_groups": row(GET="O", POST="O"),
    "scim_groups_search": row(POST="shown:O"),
    "scim_group": row("key:=viewer", GET="O", PUT="O", PATCH="O", DELETE="rule:O"),
    "scim_search": row(POST="shown:O"),
}
ROWS |= SCIM

NOT_IN_THE_DOCUMENT = {"api_schema", "api_docs", *SCIM}  # they are the document, or describe themselves
