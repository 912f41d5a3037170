"""When an access was last used, as its connection says."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("workflows", "0010_step_log")]

    operations = [
        migrations.AddField(
            "accessgrant",
            "last_used_at",
            models.DateTimeField(blank=True, help_text="Last use, as the connection says", null=True),
        ),
        migrations.AddField("accessgrant", "usage_read_at", models.DateTimeField(blank=True, null=True)),
        migrations.AddField("connection", "usage_asked_at", models.DateTimeField(blank=True, null=True)),
    ]
