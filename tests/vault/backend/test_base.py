"""Django on a sealed study, in a process of its own because a process configures Django once."""

import subprocess
import sys

import pytest

from amparo.errors import AmparoError
from amparo.vault import folder, keyring, sqlcipher

PROJECT = """
import datetime, decimal, pathlib, sys
import django
from django.conf import settings
from amparo.vault import folder, slots

opened = folder.open_with_key(
    pathlib.Path(sys.argv[1]), slots.Secrets(sys.stdin.buffer.read(32), sys.stdin.buffer.read(32))
)
database = {"ENGINE": "amparo.vault.backend", "NAME": opened.database}
apps = ["django.contrib.contenttypes", "django.contrib.auth"]
settings.configure(DATABASES={"default": database}, INSTALLED_APPS=apps, TIME_ZONE="UTC")
django.setup()

from django.core.management import call_command
from django.db import (
    IntegrityError, OperationalError, ProgrammingError, connection, models, transaction
)
from django.db.models.functions import Lower, TruncMonth

call_command("migrate", verbosity=0)
call_command("migrate", verbosity=0)

class Kept(models.Model):
    day = models.DateField()
    at = models.DateTimeField()
    clock = models.TimeField()
    length = models.DurationField()
    price = models.DecimalField(max_digits=8, decimal_places=2)
    true = models.BooleanField()
    sealed = models.BinaryField()
    facts = models.JSONField()
    small = models.PositiveSmallIntegerField()
    name = models.CharField(max_length=8, unique=True)
    after = models.ForeignKey("self", models.PROTECT, null=True)

    class Meta:
        app_label = "auth"
        constraints = [models.CheckConstraint(condition=models.Q(small__lt=9), name="small_is_small")]
        indexes = [models.Index(Lower("name"), name="by_lower_name")]

with connection.schema_editor() as editor:
    editor.create_model(Kept)

values = dict(
    day=datetime.date(2018, 8, 1),
    at=datetime.datetime(2018, 8, 1, 3, 4, 5, 678, tzinfo=datetime.UTC),
    clock=datetime.time(3, 4),
    length=datetime.timedelta(days=3, microseconds=7),
    price=decimal.Decimal("60.80"),
    true=True,
    sealed=bytes(range(256)),
    facts={"n": [1, None, "\\u00f1%s"]},
    small=3,
    name="\\u00d1and\\u00fa%",
)
kept = Kept.objects.create(**values)
found = Kept.objects.get(pk=kept.pk)
assert {name: getattr(found, name) for name in values} == values, vars(found)
assert Kept.objects.filter(at__year=2018, name__regex="^.and", name__endswith="%").count() == 1
assert Kept.objects.filter(facts__n__1=None).count() == 1
assert Kept.objects.annotate(m=TruncMonth("at")).values_list("m", flat=True)[0].month == 8
assert Kept.objects.raw("SELECT * FROM auth_kept WHERE name LIKE %(name)s", {"name": "%and%"})[0] == kept

def refused(kind, act):
    try:
        with transaction.atomic():
            act()
    except kind as error:
        assert type(error) is kind, type(error)
    else:
        raise AssertionError(kind)

refused(IntegrityError, lambda: Kept.objects.create(**values))
refused(IntegrityError, lambda: Kept.objects.create(**values | {"name": "a", "small": 9}))
refused(IntegrityError, lambda: Kept.objects.create(**values | {"name": "b", "after_id": 77}))
refused(OperationalError, lambda: connection.cursor().execute("SELECT * FROM no_such_table"))
refused(ProgrammingError, lambda: connection.cursor().execute("SELECT %s", [1, 2]))
with transaction.atomic():
    refused(IntegrityError, lambda: Kept.objects.bulk_create([Kept(**values), Kept(**values)]))
    Kept.objects.bulk_create([Kept(**values | {"name": str(n)}) for n in range(1500)], batch_size=500)
assert Kept.objects.count() == 1501
assert Kept.objects.filter(pk__in=range(1200)).update(true=False) > 1000
assert len(connection.introspection.table_names()) > 8
field = models.CharField(max_length=4, default="x")
field.set_attributes_from_name("added")
with connection.schema_editor() as editor:
    editor.add_field(Kept, field)
connection.check_constraints()
connection.close()
print("done")
"""


def test_models_migrations_types_and_errors_work_as_on_sqlite(study: folder.Opened) -> None:
    told = subprocess.run(
        [sys.executable, "-W", "error::RuntimeWarning", "-c", PROJECT, str(study.path)],
        input=b"".join(study.secrets),
        capture_output=True,
        check=False,
    )
    assert told.stderr.decode() == ""
    assert told.stdout == b"done\n"
    assert sorted(each.name for each in study.path.glob("study.db*")) == ["study.db"]
    assert b"auth_kept" not in study.database.read_bytes()


@pytest.mark.filterwarnings("ignore:Accessing the database during app initialization")
def test_a_connection_needs_a_held_key_and_a_file_that_is_there(study: folder.Opened, connection) -> None:
    keyring.drop()
    with pytest.raises(AmparoError, match=r"vault\.locked"):
        connection.ensure_connection()
    keyring.hold(study.database, bytes(32))
    with pytest.raises(AmparoError, match=r"vault\.damaged"):
        connection.ensure_connection()
    study.database.unlink()
    with pytest.raises(AmparoError, match=r"vault\.no_study"):
        connection.ensure_connection()
    assert not study.database.exists()


@pytest.mark.filterwarnings("ignore:Accessing the database during app initialization")
def test_the_backend_follows_the_rules_of_every_connection(study: folder.Opened, connection) -> None:
    with connection.cursor() as cursor:
        asked = {
            name: cursor.execute(f"PRAGMA {name}").fetchone()[0] for name in ("foreign_keys", "synchronous")
        }
        found = cursor.execute("PRAGMA application_id").fetchone()[0]
    assert asked == {"foreign_keys": 1, "synchronous": 2}
    assert found == sqlcipher.APPLICATION_ID
    assert study.secrets.root_key.hex() not in str(connection.settings_dict)
