"""Members of the company: who they are, what they may, and their end."""

from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from freelance_hub.access import actor_for, fetch
from freelance_hub.audit import history
from freelance_hub.errors import Refusal
from freelance_hub.forms import EndMembershipForm, PlaceForm, RolesForm
from freelance_hub.http import HubRequest, console, redirect_to, refusals_at
from freelance_hub.links import tenant_url
from freelance_hub.lists import Column, Empty, ListFilters, ListPage, PageAction, Tab, list_methods, list_page
from freelance_hub.models import Invitation, Membership
from freelance_hub.permissions import Capability, require
from freelance_hub.services import members
from freelance_hub.templatetags.hub import chip, when


class MemberFilters(ListFilters):
    state = forms.MultipleChoiceField(choices=Membership.State)
    kind = forms.MultipleChoiceField(choices=Membership.Kind)
    lookups = {"state": "state__in", "kind": "kind__in"}
    search_fields = ("user__name", "user__email")


MEMBERS = ListPage(
    key="members",
    title="People",
    lead="Everyone who can open this company, as employee or as guest.",
    noun=("person", "people"),
    columns=(
        Column("user__name", "Name", sort="name"),
        Column("user__email", "E-mail"),
        Column("kind", "Kind"),
        Column("roles", "Roles", value=lambda m: ", ".join(link.role.name for link in m.role_links.all()), csv=None),
        Column("state", "State", value=lambda m: chip(m.state, "membership"), cell="state"),
        Column("created_at", "Since", value=lambda m: when(m.created_at), sort="since", cell="extra"),
    ),
    filters=MemberFilters,
    sorts={"name": ("user__name", "Name"), "since": ("created_at", "Newest")},
    default_sort="name",
    row_link=lambda m: tenant_url("member_detail", public_id=m.public_id),
    tabs=(
        Tab("Employees", "kind=staff&state=active"),
        Tab("Guests", "kind=guest&state=active"),
        Tab("All", ""),
    ),
    actions=(PageAction("Invite", "invitation_create", Capability.PEOPLE_MANAGE, icon="user-plus"),),
    empty=Empty("Nobody here", "Invite the people who will run the program."),
    template="hub/member_list.html",
)


@console
@list_methods
def member_list(request: HubRequest) -> HttpResponseBase:
    """Members, with the open invitations above."""
    require(request.actor, Capability.PEOPLE_SEE)
    open_invitations = Invitation.objects.filter(state=Invitation.State.PENDING).order_by("-created_at")[:20]
    return list_page(
        request,
        MEMBERS,
        Membership.objects.select_related("user").prefetch_related("role_links__role"),
        extra_context={
            "invitations": open_invitations,
            "can_manage": request.actor.can(Capability.PEOPLE_MANAGE),
        },
    )


def _member(request: HubRequest, public_id: UUID, *, to: str) -> Membership:
    return fetch(
        Membership.objects.select_related("user", "tenant", "sponsor__user", "manager__user").prefetch_related(
            "role_links__role"
        ),
        actor=request.actor,
        to=to,
        public_id=public_id,
    )


@require_safe
@console
def member_detail(request: HubRequest, public_id: UUID) -> HttpResponse:
    """One member: roles, what they may, and what changed."""
    member = _member(request, public_id, to=Capability.PEOPLE_SEE)
    return render(
        request,
        "hub/member_detail.html",
        {
            "member": member,
            "capabilities": [Capability(c) for c in sorted(actor_for(member).capabilities)],
            "history": history(member)[:20] if request.actor.can(Capability.AUDIT_SEE) else [],
            "can_manage": request.actor.can(Capability.PEOPLE_MANAGE) and member.pk != request.actor.membership_id,
            "can_place": request.actor.can(Capability.PEOPLE_MANAGE) and member.kind == Membership.Kind.STAFF,
        },
    )


@require_http_methods(["GET", "HEAD", "POST"])
@console
def member_roles(request: HubRequest, public_id: UUID) -> HttpResponse:
    """Give a member exactly these roles."""
    member = _member(request, public_id, to=Capability.PEOPLE_MANAGE)
    form = RolesForm(
        request.POST or None, kind=member.kind, initial={"roles": [link.role_id for link in member.role_links.all()]}
    )
    if request.method == "POST" and form.is_valid():
        with refusals_at(form):
            members.set_roles(
                membership=member, role_keys=[role.key for role in form.cleaned_data["roles"]], actor=request.actor
            )
            messages.success(request, f"The roles of {member} act from their next click.")
            return redirect_to(request, tenant_url("member_detail", public_id=member.public_id))
    context = {"member": member, "form": form}
    return render(request, "hub/member_roles.html", context, status=422 if form.is_bound else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@console
def member_place(request: HubRequest, public_id: UUID) -> HttpResponse:
    """Who the manager of an employee is, and by which holidays they work."""
    member = _member(request, public_id, to=Capability.PEOPLE_MANAGE)
    form = PlaceForm(request.POST or None, member=member)
    back = tenant_url("member_detail", public_id=member.public_id)
    if request.method == "POST" and form.is_valid():
        with refusals_at(form):
            members.set_place(membership=member, actor=request.actor, **form.cleaned_data)
            messages.success(request, "Saved.")
            return redirect_to(request, back)
    context = {"member": member, "form": form, "back": back}
    return render(request, "hub/member_place.html", context, status=422 if form.errors else 200)


@require_POST
@console
def member_suspend(request: HubRequest, public_id: UUID) -> HttpResponse:
    """Close the company to a member until they are let in again."""
    member = members.suspend_member(
        membership=_member(request, public_id, to=Capability.PEOPLE_MANAGE), actor=request.actor
    )
    messages.success(request, f"{member} can no longer get in. You can let them in again here.")
    return redirect_to(request, tenant_url("member_detail", public_id=member.public_id))


@require_POST
@console
def member_resume(request: HubRequest, public_id: UUID) -> HttpResponse:
    """Let a suspended member in again."""
    member = members.resume_member(
        membership=_member(request, public_id, to=Capability.PEOPLE_MANAGE), actor=request.actor
    )
    messages.success(request, f"{member} can get in again.")
    return redirect_to(request, tenant_url("member_detail", public_id=member.public_id))


@require_http_methods(["GET", "HEAD", "POST"])
@console
def member_end(request: HubRequest, public_id: UUID) -> HttpResponse:
    """Take a member out of the company; says first what that closes."""
    member = _member(request, public_id, to=Capability.PEOPLE_MANAGE)
    form = EndMembershipForm(request.POST if request.method == "POST" else None, member=member)
    error = ""
    if request.method == "POST" and form.is_valid():
        try:
            members.end_membership(membership=member, actor=request.actor, successor=form.cleaned_data.get("successor"))
        except Refusal as refusal:
            error = str(refusal)
        else:
            messages.success(request, f"{member} is no longer a member.")
            return redirect_to(request, tenant_url("member_list"))
    context = {
        "member": member,
        "form": form,
        "error": error,
        "tokens": member.api_tokens.filter(revoked_at=None).count(),
    }
    status = 409 if error else 422 if form.errors else 200
    return render(request, "hub/member_end.html", context, status=status)
