"""What was said and done last is found by its day and number."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0003_second_factors"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="auditline",
            index=models.Index(fields=["actor", "seq"], name="audit_actor"),
        ),
        migrations.AddIndex(
            model_name="auditline",
            index=models.Index(fields=["act", "seq"], name="audit_act"),
        ),
    ]
