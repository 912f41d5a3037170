"""One review of the same accesses at a time."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("workflows", "0003_waits")]

    operations = [
        migrations.AddConstraint(
            model_name="campaign",
            constraint=models.UniqueConstraint(
                fields=["tenant", "program"],
                condition=models.Q(state="open"),
                nulls_distinct=False,
                name="workflows_campaign_one_open",
            ),
        ),
    ]
