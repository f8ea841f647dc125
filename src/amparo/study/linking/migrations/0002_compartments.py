from __future__ import annotations

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("linking", "0001_initial"), ("accounts", "0002_people")]

    operations = [
        *(
            migrations.AddField(
                model,
                "sealed_under",
                # The default compartment's first key is the first key there is.
                models.ForeignKey(
                    default=1,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to="accounts.compartmentkey",
                ),
                preserve_default=False,
            )
            for model in ("linkrun",)
        ),
        migrations.AddField("linkrun", "compartments", models.JSONField(default=list)),
        migrations.CreateModel(
            name="CoarseRecords",
            fields=[
                ("wrapped_key", models.BinaryField()),
                (
                    "run",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="coarse",
                        serialize=False,
                        to="linking.linkrun",
                    ),
                ),
                ("sealed_records", models.BinaryField()),
                (
                    "sealed_under",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.compartmentkey",
                    ),
                ),
            ],
            options={"abstract": False},
        ),
    ]
