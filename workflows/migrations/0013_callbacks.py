"""Receivers of webhooks call back, each message once."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("workflows", "0012_open_runs")]

    operations = [
        migrations.AddField(
            "accessgrant",
            "awaits",
            models.CharField(blank=True, default="", help_text="What the other side works on", max_length=10),
        ),
        migrations.AddField("accessgrant", "awaited_since", models.DateTimeField(blank=True, null=True)),
        migrations.AddConstraint(
            "connectorcall",
            models.UniqueConstraint(
                fields=["tenant", "connection", "request_id"],
                condition=models.Q(method="CALLBACK"),
                name="workflows_connectorcall_back",
            ),
        ),
    ]
