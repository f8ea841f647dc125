"""What was said and done last is found by its day and number."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0004_last_acts"),
        ("claims", "0001_initial"),
        ("register", "0003_documents"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="claim",
            index=models.Index(fields=["sealed_under", "at"], name="claim_at"),
        ),
        migrations.AddIndex(
            model_name="ruling",
            index=models.Index(fields=["sealed_under", "at"], name="ruling_at"),
        ),
    ]
