"""A role may be a group of the company's directory."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("hub", "0007_unit_approvers")]

    operations = [
        migrations.AddField(
            "role",
            "external_id",
            models.CharField(
                blank=True,
                default="",
                help_text="What the directory calls the group that this role is",
                max_length=254,
            ),
        ),
        migrations.AddField(
            "role",
            "is_from_directory",
            models.BooleanField(default=False, help_text="The directory made it, and may rename or delete it"),
        ),
    ]
