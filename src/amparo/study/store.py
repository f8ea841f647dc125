"""Make, open and upgrade a study: where Django meets the sealed folder."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypedDict

import django
from django.conf import settings

from amparo import __version__
from amparo.errors import AmparoError
from amparo.study.context import Study, now
from amparo.vault import backup, blobs, envelope, folder
from amparo.vault.envelope import new_key

if TYPE_CHECKING:
    from amparo.study.plan import Plan


class Place(TypedDict):
    """What a sealed value is bound to."""

    table: str
    row: str
    field: str


# Raised by one with every migration; kept in the database header (`PRAGMA user_version`).
SCHEMA = 1
ROOMS = ("accounts", "register", "linking", "counting")
OWNER = "owner"
DEFAULT_COMPARTMENT = "default"
# Where the default compartment's own key is sealed to.
COMPARTMENT_KEY: Place = {"table": "accounts.Compartment", "row": DEFAULT_COMPARTMENT, "field": "wrapped_key"}


def configure() -> None:
    """Set Django up for studies, once per process; only then can models be imported."""
    if settings.configured:
        return
    settings.configure(
        INSTALLED_APPS=[f"amparo.study.{room}.apps.Config" for room in ROOMS],
        DATABASES={"default": {"ENGINE": "amparo.vault.backend", "NAME": ""}},
        AUTH_USER_MODEL="accounts.User",
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        USE_TZ=True,
        TIME_ZONE="UTC",
        LOGGING_CONFIG=None,
    )
    django.setup()


def _connect(opened: folder.Opened) -> Any:
    """Point Django's one connection at this study's database."""
    from django.db import connection  # noqa: PLC0415  (importable only once settings stand)

    connection.close()
    connection.settings_dict["NAME"] = str(opened.database)
    return connection


def _schema(connection: Any) -> int:
    with connection.cursor() as cursor:
        return cursor.execute("PRAGMA user_version").fetchone()[0]


def _migrate(connection: Any) -> None:
    """Apply what is missing. Killed half-way, the version stays behind and the next opening goes on."""
    from django.core.management import call_command  # noqa: PLC0415

    call_command("migrate", verbosity=0, interactive=False)
    with connection.cursor() as cursor:
        cursor.execute(f"PRAGMA user_version = {SCHEMA}")


def create(path: Path, passphrase: str, plan: Plan) -> None:
    """Make a sealed study at `path` from a plan that lacks nothing: all of it, or nothing.

    Raises the codes of `vault.folder.create`, `counting.services.declare_target` and
    `register.services.declare`.
    """
    configure()

    def fill(opened: folder.Opened) -> None:
        connection = _connect(opened)
        try:
            begin(opened, connection)
        finally:
            connection.close()

    def begin(opened: folder.Opened, connection: Any) -> None:
        _migrate(connection)
        from django.db import transaction  # noqa: PLC0415

        from amparo.study.accounts import models, services  # noqa: PLC0415
        from amparo.study.counting.services import declare_target  # noqa: PLC0415
        from amparo.study.register.services import declare  # noqa: PLC0415

        with transaction.atomic():
            key = new_key()
            user = models.User.objects.create(handle=OWNER)
            compartment = models.Compartment.objects.create(
                name=DEFAULT_COMPARTMENT,
                wrapped_key=envelope.seal(opened.key("compartments"), key, **COMPARTMENT_KEY),
            )
            facts = models.StudyFacts.objects.create(
                title=plan.title,
                language=plan.language,
                synthetic=plan.synthetic,
                created=now(),
                made_by=__version__,
            )
            study = Study(opened, user, compartment, facts, key)
            services.audit(study, "study.created", synthetic=plan.synthetic, schema=SCHEMA)
            declare_target(study, plan.target)
            for source, declared in plan.declared().items():
                declare(study, source, declared)

    folder.create(path, passphrase, fill)


@contextmanager
def study_in(opened: folder.Opened) -> Generator[Study]:
    """The study in an opened folder, for this process alone; an older one is upgraded after a backup.

    Raises `study.newer` for a study that a newer Amparo made, and `vault.in_use`.
    """
    configure()
    with folder.writing(opened):
        connection = _connect(opened)
        try:
            study = _current(opened, connection)
            _sweep(opened)
            yield study
        finally:
            connection.close()


def _sweep(opened: folder.Opened) -> None:
    """Remove sealed files that a killed reading left before its records were kept."""
    from amparo.study.register.models import SourceFile  # noqa: PLC0415

    blobs.sweep(opened, set(SourceFile.objects.values_list("blob", flat=True)))


def _current(opened: folder.Opened, connection: Any) -> Study:
    found = _schema(connection)
    if found > SCHEMA:
        raise AmparoError("study.newer", path=str(opened.path), found=found, known=SCHEMA)
    if found < SCHEMA:
        backup.snapshot(opened)
        _migrate(connection)
    from amparo.study.accounts.models import Compartment, StudyFacts, User  # noqa: PLC0415

    compartment = Compartment.objects.get(name=DEFAULT_COMPARTMENT)
    key = envelope.open_sealed(opened.key("compartments"), bytes(compartment.wrapped_key), **COMPARTMENT_KEY)
    return Study(opened, User.objects.get(handle=OWNER), compartment, StudyFacts.objects.get(), key)
