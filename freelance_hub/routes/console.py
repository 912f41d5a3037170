"""Console routes of the platform."""

from django.urls import path

from freelance_hub.views import audit, company, files, invitations, jobs, members, notifications, roles, search, tokens

urlpatterns = [
    path("search/", search.search, name="search"),
    path("news/", notifications.notification_list, name="notification_list"),
    path("news/read/", notifications.notification_read_all, name="notification_read_all"),
    path("news/<uuid:public_id>/", notifications.notification_open, name="notification_open"),
    path("preferences/", notifications.preferences, name="preferences"),
    path("people/", members.member_list, name="member_list"),
    path("people/invite/", invitations.invitation_create, name="invitation_create"),
    path("people/invitations/<uuid:public_id>/again/", invitations.invitation_send_again, name="invitation_send_again"),
    path("people/invitations/<uuid:public_id>/revoke/", invitations.invitation_revoke, name="invitation_revoke"),
    path("people/<uuid:public_id>/", members.member_detail, name="member_detail"),
    path("people/<uuid:public_id>/roles/", members.member_roles, name="member_roles"),
    path("people/<uuid:public_id>/suspend/", members.member_suspend, name="member_suspend"),
    path("people/<uuid:public_id>/resume/", members.member_resume, name="member_resume"),
    path("people/<uuid:public_id>/end/", members.member_end, name="member_end"),
    path("roles/", roles.role_list, name="role_list"),
    path("roles/<slug:key>/", roles.role_detail, name="role_detail"),
    path("roles/<slug:key>/clone/", roles.role_clone, name="role_clone"),
    path("roles/<slug:key>/edit/", roles.role_edit, name="role_edit"),
    path("tokens/", tokens.token_list, name="token_list"),
    path("tokens/new/", tokens.token_create, name="token_create"),
    path("tokens/<uuid:public_id>/revoke/", tokens.token_revoke, name="token_revoke"),
    path("company/", company.company_home_page, name="company_detail"),
    path("company/settings/", company.company_settings, name="company_settings"),
    path("company/sign-in/", company.identity_provider, name="identity_provider"),
    path("audit/", audit.audit_list, name="audit_list"),
    path("jobs/", jobs.job_list, name="job_list"),
    path("jobs/<uuid:public_id>/", jobs.job_detail, name="job_detail"),
    path("jobs/<uuid:public_id>/cancel/", jobs.job_cancel, name="job_cancel"),
    path("jobs/<uuid:public_id>/rejected/", jobs.job_rejected, name="job_rejected"),
    path("files/<uuid:public_id>/", files.file_download, name="file_download"),
]
