"""Roles: what each may, and a company's own ones."""

from django import forms
from django.contrib import messages
from django.db.models import Count, Q
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_safe

from freelance_hub.access import fetch
from freelance_hub.forms import RoleForm
from freelance_hub.http import HubRequest, console, redirect_to, refusals_at
from freelance_hub.links import tenant_url
from freelance_hub.models import Membership, Role
from freelance_hub.permissions import Capability, require
from freelance_hub.services import roles

MEMBERS = Count("links", filter=Q(links__membership__state=Membership.State.ACTIVE))


class NameForm(forms.Form):
    name = forms.CharField(max_length=60, help_text="The name of your own role.")


@require_safe
@console
def role_list(request: HubRequest) -> HttpResponse:
    """All roles with how many people have them."""
    require(request.actor, Capability.PEOPLE_SEE)
    found = Role.objects.annotate(members=MEMBERS).order_by("is_guest", "-is_system", "name")
    return render(
        request, "hub/role_list.html", {"roles": found, "can_manage": request.actor.can(Capability.ROLE_MANAGE)}
    )


@require_safe
@console
def role_detail(request: HubRequest, key: str) -> HttpResponse:
    """What a role may, in sentences."""
    role = fetch(Role.objects.annotate(members=MEMBERS), actor=request.actor, to=Capability.PEOPLE_SEE, key=key)
    may = [Capability(c) for c in sorted(role.capabilities) if c in Capability.values]
    return render(
        request,
        "hub/role_detail.html",
        {"role": role, "may": may, "can_manage": request.actor.can(Capability.ROLE_MANAGE)},
    )


@require_http_methods(["GET", "HEAD", "POST"])
@console
def role_clone(request: HubRequest, key: str) -> HttpResponse:
    """Copy a role under a name of one's own."""
    role = fetch(Role.objects.all(), actor=request.actor, to=Capability.ROLE_MANAGE, key=key)
    form = NameForm(request.POST or None, initial={"name": f"{role.name} (own)"})
    if request.method == "POST" and form.is_valid():
        with refusals_at(form):
            copy = roles.clone_role(role=role, name=form.cleaned_data["name"], actor=request.actor)
            return redirect_to(request, tenant_url("role_edit", key=copy.key))
    return render(request, "hub/role_clone.html", {"role": role, "form": form}, status=422 if form.is_bound else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@console
def role_edit(request: HubRequest, key: str) -> HttpResponse:
    """Change a company's own role."""
    role = fetch(Role.objects.all(), actor=request.actor, to=Capability.ROLE_MANAGE, key=key)
    if role.is_system:
        messages.info(request, "Shipped roles cannot be edited. Clone it and edit the copy.")
        return redirect_to(request, tenant_url("role_detail", key=role.key))
    form = RoleForm(request.POST or None, instance=role)
    if request.method == "POST" and form.is_valid():
        with refusals_at(form):
            roles.edit_role(role=Role.objects.get(pk=role.pk), actor=request.actor, **form.cleaned_data)
            messages.success(request, f"{role.name} is saved and acts from the next click of its people.")
            return redirect_to(request, tenant_url("role_detail", key=role.key))
    return render(request, "hub/role_form.html", {"role": role, "form": form}, status=422 if form.is_bound else 200)
