"""The pack "Pilot": a first program of modest size, with two steps of approval and the six figures that matter first."""

from decimal import Decimal
from pathlib import Path

from programs.packs.schema import ChecklistSpec, KpiTarget, LaunchItemSpec, Pack, PageSpec

PACK = Pack(
    key="pilot",
    version=1,
    name="Pilot",
    summary="Start small: a handful of freelancers, one budget, clear rules, and figures from the first day.",
    good_for="A first program, or one department that wants to try before others follow.",
    folder=Path(__file__).parent,
    pages=(
        PageSpec(
            slug="how-we-work",
            title="How we work with freelancers",
            required_for=("program_manager", "hiring_manager", "approver"),
        ),
        PageSpec(
            slug="before-you-engage",
            title="Before you engage a freelancer",
            required_for=("program_manager", "hiring_manager"),
        ),
        PageSpec(slug="writing-a-good-brief", title="Writing a good brief", required_for=("hiring_manager",)),
        PageSpec(
            slug="classification-basics",
            title="Classification: the basics, and what not to do",
            required_for=("program_manager", "hiring_manager"),
            review_months=6,
        ),
        PageSpec(
            slug="security-and-access",
            title="Security and access",
            required_for=("program_manager", "hiring_manager"),
            review_months=6,
        ),
        PageSpec(slug="paying-on-time", title="Paying on time", required_for=("hiring_manager", "finance")),
        PageSpec(slug="feedback-and-ending-well", title="Giving feedback and ending well"),
    ),
    roles=("program_manager", "hiring_manager", "approver", "finance", "freelancer"),
    budget=Decimal("100000.00"),
    budget_months=12,
    approval_limit=Decimal("10000.00"),
    checklists=(
        ChecklistSpec("requisition_approval", "Request: one approval, a second one for larger amounts"),
        ChecklistSpec("onboarding", "Onboarding: agreement, invitation, workspace, first day"),
        ChecklistSpec("extension", "Extension: one approval, then the freelancer's yes"),
        ChecklistSpec("amendment", "New terms: scope and money approved apart, then the freelancer's yes"),
        ChecklistSpec("invoice_approval", "Invoice: the manager, then finance"),
        ChecklistSpec("document_renewal", "Documents: asked for 30 days before they run out"),
        ChecklistSpec("offboarding", "Offboarding: handover, accesses closed, last invoice"),
    ),
    kpis=(
        KpiTarget("time_to_fill", "Time to fill", Decimal(21), Decimal(7), "days", "low"),
        KpiTarget("time_to_onboard", "Time to onboard", Decimal(5), Decimal(2), "days", "low"),
        KpiTarget("on_time_delivery", "On-time delivery", Decimal("0.90"), Decimal("0.10"), "share", "high"),
        KpiTarget("first_pass_acceptance", "First-pass acceptance", Decimal("0.85"), Decimal("0.10"), "share", "high"),
        KpiTarget("budget_burn", "Budget burn", Decimal("1.00"), Decimal("0.05"), "share", "low"),
        KpiTarget("invoice_cycle_time", "Invoice cycle time", Decimal(5), Decimal(3), "days", "low"),
    ),
    launch_items=(
        LaunchItemSpec(
            key="budget",
            title="Agree the budget",
            help="Check the amount and the period with whoever answers for the money.",
            check="has_budget",
            route="program_budget",
        ),
        LaunchItemSpec(
            key="approvers",
            title="Have somebody who approves",
            help="Nobody approves what they asked for, so at least two people need the right to approve requests.",
            check="has_approvers",
            route="member_list",
        ),
        LaunchItemSpec(
            key="finance",
            title="Have somebody in finance",
            help="Invoices are released for payment by finance.",
            check="has_finance",
            route="member_list",
        ),
        LaunchItemSpec(
            key="pages",
            title="Make the knowledge pages yours",
            help="Read them once with your own eyes and put in names, limits and contacts of your company.",
            route="page_list",
        ),
        LaunchItemSpec(
            key="contract",
            title="Agree the contract with Legal",
            help="Which agreement do freelancers sign, and who signs for the company?",
        ),
        LaunchItemSpec(
            key="reading",
            title="Let the team read what they must know",
            help="Each role has its pages; people confirm that they have read them.",
            check="required_reading",
            route="page_list",
            required=False,
        ),
        LaunchItemSpec(
            key="freelancers",
            title="Bring in your freelancers",
            help="Import a list as CSV, or add the first ones by hand.",
            check="has_freelancers",
            route="freelancer_list",
            required=False,
        ),
        LaunchItemSpec(
            key="first-request",
            title="Ask for the first freelancer",
            help="A small, real piece of work shows best whether everything fits.",
            check="has_requisition",
            route="requisition_create",
            required=False,
        ),
    ),
)
