import uuid

import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.functions.datetime
import django.db.models.functions.text
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import freelance_hub.tenancy.constraints
import freelance_hub.tenancy.context


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("auth", "0012_alter_user_first_name_max_length"),
    ]

    operations = [
        migrations.CreateModel(
            name="AuditEvent",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField(help_text="Start of the transaction")),
                ("actor_id", models.BigIntegerField(help_text="User id", null=True)),
                ("actor", models.TextField(help_text="Who, and as whom, in words.")),
                ("request_id", models.TextField()),
                (
                    "operation",
                    models.TextField(choices=[("insert", "Created"), ("update", "Changed"), ("delete", "Deleted")]),
                ),
                ("table_name", models.TextField()),
                ("row_id", models.BigIntegerField(null=True)),
                (
                    "changes",
                    models.JSONField(
                        help_text="{field: [before, after]}, {field: null} when only its name is kept; details of an act"
                    ),
                ),
            ],
            options={
                "db_table": "hub_audit_event",
                "managed": False,
            },
        ),
        migrations.CreateModel(
            name="Heartbeat",
            fields=[
                ("name", models.CharField(max_length=60, primary_key=True, serialize=False)),
                ("at", models.DateTimeField(default=django.utils.timezone.now)),
            ],
        ),
        migrations.CreateModel(
            name="Role",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.SlugField(max_length=60)),
                ("name", models.CharField(max_length=100)),
                ("description", models.CharField(blank=True, max_length=300)),
                (
                    "capabilities",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=60), default=list, size=None
                    ),
                ),
                ("is_system", models.BooleanField(default=False)),
                (
                    "is_guest",
                    models.BooleanField(
                        default=False, help_text="For people from outside: opens the portal, never the console."
                    ),
                ),
            ],
            options={
                "constraints": [freelance_hub.tenancy.constraints.TenantPolicy(name="hub_role_rls")],
            },
        ),
        migrations.CreateModel(
            name="Tenant",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=200)),
                (
                    "slug",
                    models.SlugField(help_text="Stands in every address: /t/<slug>/…", max_length=60, unique=True),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[("active", "Active"), ("suspended", "Suspended")], default="active", max_length=20
                    ),
                ),
                (
                    "currency",
                    models.CharField(default="EUR", help_text="ISO 4217; totals are shown in it.", max_length=3),
                ),
                ("time_zone", models.CharField(default="UTC", max_length=64)),
                (
                    "staff_second_factor",
                    models.BooleanField(default=True, help_text="Employees must sign in with a second factor."),
                ),
                (
                    "created_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), default=django.utils.timezone.now
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="User",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("password", models.CharField(max_length=128, verbose_name="password")),
                ("last_login", models.DateTimeField(blank=True, null=True, verbose_name="last login")),
                (
                    "is_superuser",
                    models.BooleanField(
                        default=False,
                        help_text="Designates that this user has all permissions without explicitly assigning them.",
                        verbose_name="superuser status",
                    ),
                ),
                ("email", models.EmailField(max_length=254, unique=True)),
                ("name", models.CharField(max_length=200)),
                ("is_active", models.BooleanField(default=True)),
                ("is_staff", models.BooleanField(default=False, help_text="Operator: may open Django admin.")),
                ("time_zone", models.CharField(default="UTC", max_length=64)),
                (
                    "created_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), default=django.utils.timezone.now
                    ),
                ),
                (
                    "groups",
                    models.ManyToManyField(
                        blank=True,
                        help_text="The groups this user belongs to. A user will get all permissions granted to each of their groups.",
                        related_name="user_set",
                        related_query_name="user",
                        to="auth.group",
                        verbose_name="groups",
                    ),
                ),
                (
                    "user_permissions",
                    models.ManyToManyField(
                        blank=True,
                        help_text="Specific permissions for this user.",
                        related_name="user_set",
                        related_query_name="user",
                        to="auth.permission",
                        verbose_name="user permissions",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        django.db.models.functions.text.Lower("email"), name="hub_user_email_any_case"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Membership",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("public_id", models.UUIDField(default=uuid.uuid4, editable=False)),
                (
                    "kind",
                    models.CharField(
                        choices=[("staff", "Employee"), ("guest", "Guest")], default="staff", max_length=10
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[("active", "Active"), ("suspended", "Suspended"), ("ended", "Ended")],
                        default="active",
                        max_length=20,
                    ),
                ),
                ("title", models.CharField(blank=True, max_length=120)),
                (
                    "created_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), default=django.utils.timezone.now
                    ),
                ),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                ("last_seen_at", models.DateTimeField(blank=True, null=True)),
                (
                    "sponsor",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="sponsored",
                        to="hub.membership",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="memberships",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["user"], name="hub_membership_user")],
                "constraints": [
                    freelance_hub.tenancy.constraints.TenantPolicy(name="hub_membership_rls"),
                    freelance_hub.tenancy.constraints.TenantForeignKey(
                        field="sponsor", name="hub_membership_sponsor_tfk", on_delete="SET NULL"
                    ),
                    freelance_hub.tenancy.constraints.OwnRowsPolicy(name="hub_membership_own"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Job",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("public_id", models.UUIDField(default=uuid.uuid4, editable=False)),
                ("kind", models.CharField(max_length=60)),
                ("title", models.CharField(max_length=200)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("queued", "Waiting to start"),
                            ("running", "Running"),
                            ("cancelling", "Stopping"),
                            ("done", "Done"),
                            ("failed", "Failed"),
                            ("cancelled", "Stopped"),
                        ],
                        default="queued",
                        max_length=20,
                    ),
                ),
                ("params", models.JSONField(default=dict)),
                ("result", models.JSONField(default=dict)),
                ("error", models.TextField(blank=True)),
                ("total", models.PositiveIntegerField(help_text="Null while unknown", null=True)),
                ("processed", models.PositiveIntegerField(default=0)),
                ("succeeded", models.PositiveIntegerField(default=0)),
                ("failed", models.PositiveIntegerField(default=0)),
                ("attempts", models.PositiveSmallIntegerField(default=0)),
                (
                    "lease_until",
                    models.DateTimeField(
                        help_text="A running job whose worker is silent past this is taken over.", null=True
                    ),
                ),
                (
                    "created_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), default=django.utils.timezone.now
                    ),
                ),
                ("started_at", models.DateTimeField(null=True)),
                ("finished_at", models.DateTimeField(null=True)),
                (
                    "started_by",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="hub.membership",
                    ),
                ),
                (
                    "tenant",
                    models.ForeignKey(
                        db_index=False,
                        default=freelance_hub.tenancy.context.current_tenant_id,
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="hub.tenant",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["tenant", "started_by"], name="hub_job_started_by_ix"),
                    models.Index(fields=["tenant", "-created_at"], name="hub_job_recent"),
                ],
                "constraints": [
                    freelance_hub.tenancy.constraints.TenantPolicy(name="hub_job_rls"),
                    models.UniqueConstraint(fields=("tenant", "id"), name="hub_job_tid"),
                    freelance_hub.tenancy.constraints.TenantForeignKey(
                        field="started_by", name="hub_job_started_by_tfk", on_delete="NO ACTION"
                    ),
                    models.UniqueConstraint(fields=("tenant", "public_id"), name="hub_job_public"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Invitation",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("public_id", models.UUIDField(default=uuid.uuid4, editable=False)),
                ("email", models.EmailField(max_length=254)),
                ("name", models.CharField(blank=True, max_length=200)),
                (
                    "kind",
                    models.CharField(
                        choices=[("staff", "Employee"), ("guest", "Guest")], default="staff", max_length=10
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("pending", "Waiting for an answer"),
                            ("accepted", "Accepted"),
                            ("revoked", "Taken back"),
                        ],
                        default="pending",
                        max_length=20,
                    ),
                ),
                (
                    "token_hash",
                    models.CharField(
                        help_text="SHA-256 of the secret; the secret itself is only in the mail.", max_length=64
                    ),
                ),
                ("expires_at", models.DateTimeField()),
                ("sent_count", models.PositiveSmallIntegerField(default=1)),
                ("last_sent_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "created_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), default=django.utils.timezone.now
                    ),
                ),
                ("accepted_at", models.DateTimeField(blank=True, null=True)),
                (
                    "invited_by",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="invitations_sent",
                        to="hub.membership",
                    ),
                ),
                (
                    "membership",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="invitations",
                        to="hub.membership",
                    ),
                ),
                (
                    "tenant",
                    models.ForeignKey(
                        db_index=False,
                        default=freelance_hub.tenancy.context.current_tenant_id,
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="hub.tenant",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["tenant", "invited_by"], name="hub_invitation_invited_by_ix"),
                    models.Index(fields=["tenant", "membership"], name="hub_invitation_membership_ix"),
                ],
                "constraints": [
                    freelance_hub.tenancy.constraints.TenantPolicy(name="hub_invitation_rls"),
                    models.UniqueConstraint(fields=("tenant", "id"), name="hub_invitation_tid"),
                    freelance_hub.tenancy.constraints.TenantForeignKey(
                        field="invited_by", name="hub_invitation_invited_by_tfk", on_delete="SET NULL"
                    ),
                    freelance_hub.tenancy.constraints.TenantForeignKey(
                        field="membership", name="hub_invitation_membership_tfk", on_delete="SET NULL"
                    ),
                    models.UniqueConstraint(fields=("token_hash",), name="hub_invitation_token"),
                    models.UniqueConstraint(
                        condition=models.Q(("state", "pending")),
                        fields=("tenant", "email", "kind"),
                        name="hub_invitation_one_pending",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ApiToken",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("public_id", models.UUIDField(default=uuid.uuid4, editable=False)),
                ("name", models.CharField(max_length=100)),
                (
                    "kind",
                    models.CharField(
                        choices=[("person", "Personal"), ("integration", "Integration")],
                        default="person",
                        max_length=20,
                    ),
                ),
                ("token_hash", models.CharField(max_length=64)),
                ("prefix", models.CharField(help_text="First characters, to recognise it by.", max_length=16)),
                (
                    "scopes",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=60),
                        default=list,
                        help_text="Capabilities; never more than the person has.",
                        size=None,
                    ),
                ),
                (
                    "created_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), default=django.utils.timezone.now
                    ),
                ),
                ("expires_at", models.DateTimeField(blank=True, null=True)),
                ("last_used_at", models.DateTimeField(blank=True, null=True)),
                ("revoked_at", models.DateTimeField(blank=True, null=True)),
                (
                    "membership",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="api_tokens",
                        to="hub.membership",
                    ),
                ),
                (
                    "tenant",
                    models.ForeignKey(
                        db_index=False,
                        default=freelance_hub.tenancy.context.current_tenant_id,
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="hub.tenant",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["tenant", "membership"], name="hub_apitoken_membership_ix")],
                "constraints": [
                    freelance_hub.tenancy.constraints.TenantPolicy(name="hub_apitoken_rls"),
                    models.UniqueConstraint(fields=("tenant", "id"), name="hub_apitoken_tid"),
                    freelance_hub.tenancy.constraints.TenantForeignKey(
                        field="membership", name="hub_apitoken_membership_tfk", on_delete="CASCADE"
                    ),
                    models.UniqueConstraint(fields=("tenant", "token_hash"), name="hub_apitoken_hash"),
                ],
            },
        ),
        migrations.CreateModel(
            name="MembershipRole",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "program_ids",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.BigIntegerField(),
                        blank=True,
                        default=list,
                        help_text="Empty: every program.",
                        size=None,
                    ),
                ),
                (
                    "membership",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="role_links",
                        to="hub.membership",
                    ),
                ),
                (
                    "role",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="links",
                        to="hub.role",
                    ),
                ),
                (
                    "tenant",
                    models.ForeignKey(
                        db_index=False,
                        default=freelance_hub.tenancy.context.current_tenant_id,
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="hub.tenant",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["tenant", "role"], name="hub_membershiprole_role_ix")],
                "constraints": [
                    freelance_hub.tenancy.constraints.TenantPolicy(name="hub_membershiprole_rls"),
                    models.UniqueConstraint(fields=("tenant", "id"), name="hub_membershiprole_tid"),
                    freelance_hub.tenancy.constraints.TenantForeignKey(
                        field="role", name="hub_membershiprole_role_tfk", on_delete="NO ACTION"
                    ),
                    freelance_hub.tenancy.constraints.TenantForeignKey(
                        field="membership", name="hub_membershiprole_membership_tfk", on_delete="CASCADE"
                    ),
                    models.UniqueConstraint(fields=("tenant", "membership", "role"), name="hub_membershiprole_once"),
                ],
            },
        ),
        migrations.AddField(
            model_name="membership",
            name="roles",
            field=models.ManyToManyField(related_name="memberships", through="hub.MembershipRole", to="hub.role"),
        ),
        migrations.CreateModel(
            name="StoredFile",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("public_id", models.UUIDField(default=uuid.uuid4, editable=False)),
                ("name", models.CharField(max_length=255)),
                ("content_type", models.CharField(max_length=120)),
                ("size", models.PositiveBigIntegerField(help_text="Bytes")),
                ("sha256", models.CharField(max_length=64)),
                (
                    "storage_name",
                    models.CharField(help_text="Random; never the name that was uploaded.", max_length=200),
                ),
                (
                    "scan",
                    models.CharField(
                        choices=[
                            ("not_scanned", "Not scanned for viruses"),
                            ("clean", "Scanned, clean"),
                            ("infected", "Infected, locked"),
                        ],
                        default="not_scanned",
                        max_length=20,
                    ),
                ),
                ("owner_kind", models.CharField(max_length=60)),
                ("owner_id", models.BigIntegerField()),
                (
                    "created_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), default=django.utils.timezone.now
                    ),
                ),
                (
                    "uploaded_by",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="hub.membership",
                    ),
                ),
                (
                    "tenant",
                    models.ForeignKey(
                        db_index=False,
                        default=freelance_hub.tenancy.context.current_tenant_id,
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="hub.tenant",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["tenant", "uploaded_by"], name="hub_storedfile_uploaded_by_ix"),
                    models.Index(fields=["tenant", "owner_kind", "owner_id"], name="hub_storedfile_owner"),
                ],
                "constraints": [
                    freelance_hub.tenancy.constraints.TenantPolicy(name="hub_storedfile_rls"),
                    models.UniqueConstraint(fields=("tenant", "id"), name="hub_storedfile_tid"),
                    freelance_hub.tenancy.constraints.TenantForeignKey(
                        field="uploaded_by", name="hub_storedfile_uploaded_by_tfk", on_delete="NO ACTION"
                    ),
                    models.UniqueConstraint(fields=("tenant", "public_id"), name="hub_storedfile_public"),
                ],
            },
        ),
        migrations.CreateModel(
            name="SavedView",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("public_id", models.UUIDField(default=uuid.uuid4, editable=False)),
                ("list_key", models.CharField(max_length=60)),
                ("name", models.CharField(max_length=60)),
                ("query", models.CharField(help_text="The query string, without cursor", max_length=1000)),
                (
                    "membership",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="saved_views",
                        to="hub.membership",
                    ),
                ),
                (
                    "tenant",
                    models.ForeignKey(
                        db_index=False,
                        default=freelance_hub.tenancy.context.current_tenant_id,
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="hub.tenant",
                    ),
                ),
            ],
            options={
                "constraints": [
                    freelance_hub.tenancy.constraints.TenantPolicy(name="hub_savedview_rls"),
                    models.UniqueConstraint(fields=("tenant", "id"), name="hub_savedview_tid"),
                    freelance_hub.tenancy.constraints.TenantForeignKey(
                        field="membership", name="hub_savedview_membership_tfk", on_delete="CASCADE"
                    ),
                    models.UniqueConstraint(
                        fields=("tenant", "membership", "list_key", "name"), name="hub_savedview_name"
                    ),
                ],
            },
        ),
        migrations.AddField(
            model_name="role",
            name="tenant",
            field=models.ForeignKey(
                db_index=False,
                default=freelance_hub.tenancy.context.current_tenant_id,
                editable=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="hub.tenant",
            ),
        ),
        migrations.CreateModel(
            name="OrgUnit",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=200)),
                ("code", models.CharField(help_text="Cost centre", max_length=40)),
                (
                    "tenant",
                    models.ForeignKey(
                        db_index=False,
                        default=freelance_hub.tenancy.context.current_tenant_id,
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="hub.tenant",
                    ),
                ),
            ],
            options={
                "constraints": [
                    freelance_hub.tenancy.constraints.TenantPolicy(name="hub_orgunit_rls"),
                    models.UniqueConstraint(fields=("tenant", "id"), name="hub_orgunit_tid"),
                    models.UniqueConstraint(fields=("tenant", "code"), name="hub_orgunit_code"),
                ],
            },
        ),
        migrations.CreateModel(
            name="NotificationPreference",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(max_length=60)),
                ("in_app", models.BooleanField(default=True)),
                (
                    "mail",
                    models.CharField(
                        choices=[("now", "At once"), ("daily", "In a daily digest"), ("never", "Not by mail")],
                        default="now",
                        max_length=10,
                    ),
                ),
                (
                    "membership",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="notification_preferences",
                        to="hub.membership",
                    ),
                ),
                (
                    "tenant",
                    models.ForeignKey(
                        db_index=False,
                        default=freelance_hub.tenancy.context.current_tenant_id,
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="hub.tenant",
                    ),
                ),
            ],
            options={
                "constraints": [
                    freelance_hub.tenancy.constraints.TenantPolicy(name="hub_notificationpreference_rls"),
                    models.UniqueConstraint(fields=("tenant", "id"), name="hub_notificationpreference_tid"),
                    freelance_hub.tenancy.constraints.TenantForeignKey(
                        field="membership", name="hub_notificationpreference_membership_tfk", on_delete="CASCADE"
                    ),
                    models.UniqueConstraint(fields=("tenant", "membership", "kind"), name="hub_notificationpref_once"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Notification",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("public_id", models.UUIDField(default=uuid.uuid4, editable=False)),
                ("kind", models.CharField(help_text="An entry of the notification registry", max_length=60)),
                ("title", models.CharField(max_length=200)),
                ("body", models.CharField(blank=True, max_length=500)),
                ("link", models.CharField(blank=True, help_text="Path within the application", max_length=300)),
                (
                    "created_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), default=django.utils.timezone.now
                    ),
                ),
                ("read_at", models.DateTimeField(null=True)),
                ("mailed_at", models.DateTimeField(null=True)),
                (
                    "mail",
                    models.CharField(
                        default="now", help_text="now, daily or never, decided when it was made", max_length=10
                    ),
                ),
                (
                    "dedupe_key",
                    models.CharField(blank=True, help_text="The same key tells a person only once.", max_length=120),
                ),
                (
                    "membership",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="notifications",
                        to="hub.membership",
                    ),
                ),
                (
                    "tenant",
                    models.ForeignKey(
                        db_index=False,
                        default=freelance_hub.tenancy.context.current_tenant_id,
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="hub.tenant",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["tenant", "membership", "-created_at", "id"], name="hub_notification_recent"),
                    models.Index(
                        condition=models.Q(("read_at", None)),
                        fields=["tenant", "membership"],
                        name="hub_notification_unread",
                    ),
                    models.Index(
                        condition=models.Q(("mailed_at", None)),
                        fields=["tenant", "mail", "id"],
                        name="hub_notification_unmailed",
                    ),
                ],
                "constraints": [
                    freelance_hub.tenancy.constraints.TenantPolicy(name="hub_notification_rls"),
                    models.UniqueConstraint(fields=("tenant", "id"), name="hub_notification_tid"),
                    freelance_hub.tenancy.constraints.TenantForeignKey(
                        field="membership", name="hub_notification_membership_tfk", on_delete="CASCADE"
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("dedupe_key", ""), _negated=True),
                        fields=("tenant", "membership", "dedupe_key"),
                        name="hub_notification_once",
                    ),
                    models.UniqueConstraint(fields=("tenant", "public_id"), name="hub_notification_public"),
                ],
            },
        ),
        migrations.AddField(
            model_name="membership",
            name="tenant",
            field=models.ForeignKey(
                db_index=False,
                default=freelance_hub.tenancy.context.current_tenant_id,
                editable=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="hub.tenant",
            ),
        ),
        migrations.CreateModel(
            name="LegalEntity",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=200)),
                ("country", models.CharField(help_text="ISO 3166-1 alpha-2", max_length=2)),
                ("currency", models.CharField(max_length=3)),
                (
                    "tenant",
                    models.ForeignKey(
                        db_index=False,
                        default=freelance_hub.tenancy.context.current_tenant_id,
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="hub.tenant",
                    ),
                ),
            ],
            options={
                "constraints": [
                    freelance_hub.tenancy.constraints.TenantPolicy(name="hub_legalentity_rls"),
                    models.UniqueConstraint(fields=("tenant", "id"), name="hub_legalentity_tid"),
                    models.UniqueConstraint(fields=("tenant", "name"), name="hub_legalentity_name"),
                ],
            },
        ),
        migrations.CreateModel(
            name="JobRow",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.PositiveIntegerField(help_text="Row in the input, from 1")),
                (
                    "verdict",
                    models.CharField(
                        choices=[("done", "Done"), ("unchanged", "Nothing to change"), ("rejected", "Rejected")],
                        max_length=20,
                    ),
                ),
                ("reason", models.TextField(blank=True)),
                ("data", models.JSONField(default=dict)),
                (
                    "job",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="rows",
                        to="hub.job",
                    ),
                ),
                (
                    "tenant",
                    models.ForeignKey(
                        db_index=False,
                        default=freelance_hub.tenancy.context.current_tenant_id,
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="hub.tenant",
                    ),
                ),
            ],
            options={
                "constraints": [
                    freelance_hub.tenancy.constraints.TenantPolicy(name="hub_jobrow_rls"),
                    models.UniqueConstraint(fields=("tenant", "id"), name="hub_jobrow_tid"),
                    freelance_hub.tenancy.constraints.TenantForeignKey(
                        field="job", name="hub_jobrow_job_tfk", on_delete="CASCADE"
                    ),
                    models.UniqueConstraint(fields=("tenant", "job", "number"), name="hub_jobrow_once"),
                ],
            },
        ),
        migrations.CreateModel(
            name="InvitationRole",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "invitation",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="role_links",
                        to="hub.invitation",
                    ),
                ),
                (
                    "role",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="invitation_links",
                        to="hub.role",
                    ),
                ),
                (
                    "tenant",
                    models.ForeignKey(
                        db_index=False,
                        default=freelance_hub.tenancy.context.current_tenant_id,
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="hub.tenant",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["tenant", "role"], name="hub_invitationrole_role_ix")],
                "constraints": [
                    freelance_hub.tenancy.constraints.TenantPolicy(name="hub_invitationrole_rls"),
                    models.UniqueConstraint(fields=("tenant", "id"), name="hub_invitationrole_tid"),
                    freelance_hub.tenancy.constraints.TenantForeignKey(
                        field="invitation", name="hub_invitationrole_invitation_tfk", on_delete="CASCADE"
                    ),
                    freelance_hub.tenancy.constraints.TenantForeignKey(
                        field="role", name="hub_invitationrole_role_tfk", on_delete="CASCADE"
                    ),
                    models.UniqueConstraint(fields=("tenant", "invitation", "role"), name="hub_invitationrole_once"),
                ],
            },
        ),
        migrations.CreateModel(
            name="ImportRun",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("public_id", models.UUIDField(default=uuid.uuid4, editable=False)),
                ("spec", models.CharField(help_text="Which kind of thing is imported", max_length=60)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("mapping", "Match the columns"),
                            ("checked", "Checked, not yet imported"),
                            ("running", "Importing"),
                            ("done", "Imported"),
                            ("undoing", "Taking back"),
                            ("undone", "Taken back"),
                            ("failed", "Failed"),
                        ],
                        default="mapping",
                        max_length=20,
                    ),
                ),
                ("file_name", models.CharField(max_length=255)),
                ("dialect", models.JSONField(default=dict, help_text="Encoding, delimiter and headers as found")),
                ("mapping", models.JSONField(default=dict, help_text="{column: field key or empty}")),
                ("counts", models.JSONField(default=dict, help_text="{verdict: rows}")),
                (
                    "created_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), default=django.utils.timezone.now
                    ),
                ),
                ("finished_at", models.DateTimeField(null=True)),
                (
                    "job",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="hub.job",
                    ),
                ),
                (
                    "started_by",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="hub.membership",
                    ),
                ),
                (
                    "file",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="hub.storedfile",
                    ),
                ),
                (
                    "tenant",
                    models.ForeignKey(
                        db_index=False,
                        default=freelance_hub.tenancy.context.current_tenant_id,
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="hub.tenant",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["tenant", "file"], name="hub_importrun_file_ix"),
                    models.Index(fields=["tenant", "started_by"], name="hub_importrun_started_by_ix"),
                    models.Index(fields=["tenant", "job"], name="hub_importrun_job_ix"),
                    models.Index(fields=["tenant", "-created_at"], name="hub_importrun_recent"),
                ],
                "constraints": [
                    freelance_hub.tenancy.constraints.TenantPolicy(name="hub_importrun_rls"),
                    models.UniqueConstraint(fields=("tenant", "id"), name="hub_importrun_tid"),
                    freelance_hub.tenancy.constraints.TenantForeignKey(
                        field="file", name="hub_importrun_file_tfk", on_delete="NO ACTION"
                    ),
                    freelance_hub.tenancy.constraints.TenantForeignKey(
                        field="started_by", name="hub_importrun_started_by_tfk", on_delete="NO ACTION"
                    ),
                    freelance_hub.tenancy.constraints.TenantForeignKey(
                        field="job", name="hub_importrun_job_tfk", on_delete="SET NULL"
                    ),
                    models.UniqueConstraint(fields=("tenant", "public_id"), name="hub_importrun_public"),
                ],
            },
        ),
        migrations.CreateModel(
            name="ImportRow",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.PositiveIntegerField(help_text="Row in the file, the header is row 1")),
                ("raw", models.JSONField(default=dict)),
                (
                    "verdict",
                    models.CharField(
                        choices=[
                            ("new", "New"),
                            ("changed", "Changes"),
                            ("unchanged", "Nothing to change"),
                            ("rejected", "Rejected"),
                            ("undone", "Taken back"),
                            ("kept", "Kept"),
                        ],
                        max_length=20,
                    ),
                ),
                ("reason", models.TextField(blank=True)),
                ("object_id", models.BigIntegerField(null=True)),
                ("before", models.JSONField(help_text="Null for a created row", null=True)),
                ("after", models.JSONField(null=True)),
                (
                    "run",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="rows",
                        to="hub.importrun",
                    ),
                ),
                (
                    "tenant",
                    models.ForeignKey(
                        db_index=False,
                        default=freelance_hub.tenancy.context.current_tenant_id,
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="hub.tenant",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["tenant", "run", "verdict", "number"], name="hub_importrow_verdict")],
                "constraints": [
                    freelance_hub.tenancy.constraints.TenantPolicy(name="hub_importrow_rls"),
                    models.UniqueConstraint(fields=("tenant", "id"), name="hub_importrow_tid"),
                    freelance_hub.tenancy.constraints.TenantForeignKey(
                        field="run", name="hub_importrow_run_tfk", on_delete="CASCADE"
                    ),
                    models.UniqueConstraint(fields=("tenant", "run", "number"), name="hub_importrow_once"),
                ],
            },
        ),
        migrations.CreateModel(
            name="IdentityProvider",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(help_text="Stands on the button: Sign in with …", max_length=100)),
                (
                    "issuer",
                    models.URLField(help_text="https://…; its /.well-known/openid-configuration is read from there."),
                ),
                ("client_id", models.CharField(max_length=200)),
                ("client_secret", models.TextField(blank=True, help_text="Stored encrypted; never shown again.")),
                (
                    "domains",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=253),
                        default=list,
                        help_text="Mail domains that the company has proved.",
                        size=None,
                    ),
                ),
                ("is_enabled", models.BooleanField(default=True)),
                (
                    "tenant",
                    models.ForeignKey(
                        db_index=False,
                        default=freelance_hub.tenancy.context.current_tenant_id,
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="hub.tenant",
                    ),
                ),
            ],
            options={
                "constraints": [
                    freelance_hub.tenancy.constraints.TenantPolicy(name="hub_identityprovider_rls"),
                    models.UniqueConstraint(fields=("tenant", "id"), name="hub_identityprovider_tid"),
                    models.UniqueConstraint(fields=("tenant",), name="hub_identityprovider_one"),
                ],
            },
        ),
        migrations.CreateModel(
            name="IdempotencyKey",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.CharField(max_length=255)),
                ("request_hash", models.CharField(max_length=64)),
                (
                    "status",
                    models.PositiveSmallIntegerField(
                        help_text="Null while the first request is still running.", null=True
                    ),
                ),
                ("body", models.JSONField(null=True)),
                (
                    "created_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), default=django.utils.timezone.now
                    ),
                ),
                (
                    "token",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="hub.apitoken",
                    ),
                ),
                (
                    "tenant",
                    models.ForeignKey(
                        db_index=False,
                        default=freelance_hub.tenancy.context.current_tenant_id,
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="hub.tenant",
                    ),
                ),
            ],
            options={
                "constraints": [
                    freelance_hub.tenancy.constraints.TenantPolicy(name="hub_idempotencykey_rls"),
                    models.UniqueConstraint(fields=("tenant", "id"), name="hub_idempotencykey_tid"),
                    freelance_hub.tenancy.constraints.TenantForeignKey(
                        field="token", name="hub_idempotencykey_token_tfk", on_delete="CASCADE"
                    ),
                    models.UniqueConstraint(fields=("tenant", "token", "key"), name="hub_idempotencykey_once"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Event",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("public_id", models.UUIDField(default=uuid.uuid4, editable=False)),
                ("kind", models.CharField(max_length=80)),
                ("subject_type", models.CharField(help_text="Model label, e.g. talent.requisition", max_length=80)),
                ("subject_id", models.BigIntegerField()),
                ("payload", models.JSONField(default=dict)),
                ("actor", models.CharField(help_text="Who, and as whom, in words.", max_length=200)),
                (
                    "actor_membership_id",
                    models.BigIntegerField(help_text="Null for automations and operators.", null=True),
                ),
                (
                    "occurred_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), default=django.utils.timezone.now
                    ),
                ),
                (
                    "tenant",
                    models.ForeignKey(
                        db_index=False,
                        default=freelance_hub.tenancy.context.current_tenant_id,
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="hub.tenant",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["tenant", "subject_type", "subject_id", "id"], name="hub_event_subject"),
                    models.Index(fields=["tenant", "kind", "occurred_at"], name="hub_event_kind"),
                ],
                "constraints": [
                    freelance_hub.tenancy.constraints.TenantPolicy(name="hub_event_rls"),
                    models.UniqueConstraint(fields=("tenant", "id"), name="hub_event_tid"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Delivery",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("listener", models.CharField(max_length=200)),
                (
                    "state",
                    models.CharField(
                        choices=[("waiting", "Waiting"), ("done", "Done"), ("failed", "Given up")],
                        default="waiting",
                        max_length=10,
                    ),
                ),
                ("attempts", models.PositiveSmallIntegerField(default=0)),
                ("next_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("error", models.TextField(blank=True)),
                (
                    "event",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="deliveries",
                        to="hub.event",
                    ),
                ),
                (
                    "tenant",
                    models.ForeignKey(
                        db_index=False,
                        default=freelance_hub.tenancy.context.current_tenant_id,
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="hub.tenant",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("state", "waiting")),
                        fields=["tenant", "next_at"],
                        name="hub_delivery_waiting",
                    )
                ],
                "constraints": [
                    freelance_hub.tenancy.constraints.TenantPolicy(name="hub_delivery_rls"),
                    models.UniqueConstraint(fields=("tenant", "id"), name="hub_delivery_tid"),
                    freelance_hub.tenancy.constraints.TenantForeignKey(
                        field="event", name="hub_delivery_event_tfk", on_delete="CASCADE"
                    ),
                    models.UniqueConstraint(fields=("tenant", "event", "listener"), name="hub_delivery_once"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Counter",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("series", models.CharField(max_length=40)),
                ("value", models.PositiveBigIntegerField(default=0)),
                (
                    "tenant",
                    models.ForeignKey(
                        db_index=False,
                        default=freelance_hub.tenancy.context.current_tenant_id,
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="hub.tenant",
                    ),
                ),
            ],
            options={
                "constraints": [
                    freelance_hub.tenancy.constraints.TenantPolicy(name="hub_counter_rls"),
                    models.UniqueConstraint(fields=("tenant", "id"), name="hub_counter_tid"),
                    models.UniqueConstraint(fields=("tenant", "series"), name="hub_counter_series"),
                ],
            },
        ),
        migrations.AddConstraint(
            model_name="role",
            constraint=models.UniqueConstraint(fields=("tenant", "id"), name="hub_role_tid"),
        ),
        migrations.AddConstraint(
            model_name="role",
            constraint=models.UniqueConstraint(fields=("tenant", "key"), name="hub_role_key"),
        ),
        migrations.AddIndex(
            model_name="membership",
            index=models.Index(fields=["tenant", "sponsor"], name="hub_membership_sponsor_ix"),
        ),
        migrations.AddConstraint(
            model_name="membership",
            constraint=models.UniqueConstraint(fields=("tenant", "id"), name="hub_membership_tid"),
        ),
        migrations.AddConstraint(
            model_name="membership",
            constraint=models.UniqueConstraint(fields=("tenant", "user", "kind"), name="hub_membership_once"),
        ),
        migrations.AddConstraint(
            model_name="membership",
            constraint=models.UniqueConstraint(fields=("tenant", "public_id"), name="hub_membership_public"),
        ),
    ]
