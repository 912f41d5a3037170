from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("workflows", "0011_usage")]
    operations = [
        migrations.AddIndex(
            "run",
            models.Index(
                fields=["tenant", "-started_at", "-id"],
                condition=Q(("state__in", ["running", "paused", "compensating"])),
                name="workflows_run_open",
            ),
        ),
    ]
