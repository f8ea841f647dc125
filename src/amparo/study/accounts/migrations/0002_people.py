from __future__ import annotations

from typing import Any

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.utils import timezone

from amparo.study.accounts.rules import COMPARTMENTS, DEFAULT, FOUNDERS
from amparo.study.context import being_migrated
from amparo.vault import envelope
from amparo.vault.keypair import seal_box


def give_the_owner_a_key_pair(apps: Any, _editor: Any) -> None:
    """The one user of a study becomes its founder, who holds every compartment's key in a box of their own."""
    user = apps.get_model("accounts", "User").objects.first()
    if user is None:
        return
    opened, now = being_migrated(), timezone.now()
    pair = opened.pair
    user.roles, user.public_key, user.since = list(FOUNDERS), pair.public_key, now
    user.save()
    compartments = apps.get_model("accounts", "Compartment").objects
    old = compartments.get(name=DEFAULT)
    kept = envelope.open_sealed(
        opened.key("compartments"),
        bytes(old.wrapped_key),
        table="accounts.Compartment",
        row=DEFAULT,
        field="wrapped_key",
    )
    for name in COMPARTMENTS:
        compartment, _ = compartments.get_or_create(name=name, defaults={"wrapped_key": b""})
        key = apps.get_model("accounts", "CompartmentKey").objects.create(
            compartment=compartment, version=1, at=now
        )
        secret = kept if name == DEFAULT else envelope.new_key()
        apps.get_model("accounts", "KeyShare").objects.create(
            key=key, user=user, wrapped_key=seal_box(pair.public_key, secret)
        )


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_initial")]

    operations = [
        migrations.AddField("user", "roles", models.JSONField(default=list)),
        migrations.AddField("user", "public_key", models.BinaryField(default=b"")),
        migrations.AddField("user", "since", models.DateTimeField(null=True)),
        migrations.AddField("user", "until", models.DateTimeField(null=True)),
        migrations.AddField("compartment", "escrowed", models.BooleanField(default=True)),
        migrations.AddField("auditline", "covers", models.JSONField(default=dict)),
        migrations.AddField("auditline", "signature", models.BinaryField(default=b"")),
        migrations.CreateModel(
            name="CompartmentKey",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("version", models.PositiveIntegerField()),
                ("at", models.DateTimeField()),
                (
                    "compartment",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="versions",
                        to="accounts.compartment",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("compartment", "version"), name="key_version")
                ]
            },
        ),
        migrations.CreateModel(
            name="KeyShare",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("wrapped_key", models.BinaryField()),
                (
                    "key",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="shares",
                        to="accounts.compartmentkey",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="shares",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={"constraints": [models.UniqueConstraint(fields=("key", "user"), name="one_share")]},
        ),
        migrations.RunPython(give_the_owner_a_key_pair),
        migrations.RemoveField("compartment", "wrapped_key"),
        migrations.RemoveField("compartment", "key_version"),
    ]
