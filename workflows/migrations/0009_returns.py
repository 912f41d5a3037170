"""Who left may come back, and may be given what they answered for."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("workflows", "0008_campaigns")]

    operations = [
        migrations.AddField("handover", "given_back_at", models.DateTimeField(blank=True, null=True)),
        migrations.AddField("handover", "returned_at", models.DateTimeField(blank=True, null=True)),
    ]
