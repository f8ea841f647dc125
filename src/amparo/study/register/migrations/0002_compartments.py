from __future__ import annotations

from typing import Any

import django.db.models.deletion
from django.db import migrations, models

from amparo.study.context import being_migrated
from amparo.vault import blobs


def seal_files_anew(apps: Any, _editor: Any) -> None:
    """Source files move from the study's key to their compartment's; the old ones are swept later."""
    files = apps.get_model("register", "SourceFile").objects
    if not files.exists():
        return
    opened = being_migrated()
    share = apps.get_model("accounts", "KeyShare").objects.get(key_id=1)
    key = opened.pair.open_box(bytes(share.wrapped_key))
    for file in files.all():
        file.blob = blobs.put(opened, key, blobs.get(opened, opened.key("blobs"), file.blob))
        file.save(update_fields=["blob"])


class Migration(migrations.Migration):
    dependencies = [("register", "0001_initial"), ("accounts", "0002_people")]

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
            for model in ("sourcefile", "record")
        ),
        migrations.RunPython(seal_files_anew),
    ]
