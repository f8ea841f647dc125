"""Make, open and upgrade a study: where Django meets the sealed folder."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import django
from django.conf import settings
from django.core.exceptions import ObjectDoesNotExist

from amparo import __version__
from amparo.errors import AmparoError
from amparo.study.context import Study, migrating, now
from amparo.vault import backup, blobs, folder
from amparo.vault.slots import FOUNDER, Passphrase

if TYPE_CHECKING:
    from amparo.study.plan import Plan


# Raised by one with every migration; kept in the database header (`PRAGMA user_version`).
SCHEMA = 5
ROOMS = ("accounts", "register", "linking", "counting", "claims", "care", "cases", "safekeeping")


_CONNECTION = {
    # A writer takes its turn before it reads what it builds on, and waits for it so many seconds.
    "OPTIONS": {"transaction_mode": "IMMEDIATE", "timeout": 60},
    # A thread keeps its connection for so many seconds: one opened anew decrypts every page again.
    "CONN_MAX_AGE": 600,
}


def configure(*, apps: Sequence[str] = (), **more: Any) -> None:
    """Set Django up for studies, once per process; only then can models be imported.

    `more` are the settings and `apps` the applications of what answers requests.
    """
    if settings.configured:
        return
    settings.configure(
        INSTALLED_APPS=[*(f"amparo.study.{room}.apps.Config" for room in ROOMS), *apps],
        DATABASES={"default": {"ENGINE": "amparo.vault.backend", "NAME": "", **_CONNECTION}},
        AUTH_USER_MODEL="accounts.User",
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        USE_TZ=True,
        TIME_ZONE="UTC",
        LOGGING_CONFIG=None,
        **more,
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


def _migrate(opened: folder.Opened) -> None:
    """Apply the migrations that are missing; those that move sealed values take the keys from `opened`."""
    from django.core.management import call_command  # noqa: PLC0415

    with migrating(opened):
        call_command("migrate", verbosity=0, interactive=False)


def _keep_schema(connection: Any) -> None:
    """Last of an upgrade: killed before, the version stays behind and the next opening goes on.

    The number lies on the database's first page, so it comes and goes with the transaction it is set in.
    """
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
        _migrate(opened)
        _keep_schema(connection)
        from django.db import transaction  # noqa: PLC0415

        from amparo.study.accounts import compartments, models, people, services  # noqa: PLC0415
        from amparo.study.counting.services import declare_target  # noqa: PLC0415
        from amparo.study.register.services import declare  # noqa: PLC0415

        with transaction.atomic():
            user = people.found(opened)
            compartments.found(opened, user)
            facts = models.StudyFacts.objects.create(
                title=plan.title,
                language=plan.language,
                synthetic=plan.synthetic,
                created=now(),
                made_by=__version__,
            )
            study = Study(opened, user, facts, compartments.keys_of(user, opened.pair))
            services.audit(
                study,
                "study.created",
                wrote=services.standing_rows(),
                synthetic=plan.synthetic,
                schema=SCHEMA,
                public_key=opened.pair.public_key.hex(),
            )
            declare_target(study, plan.target)
            for source, declared in plan.declared().items():
                declare(study, source, declared)

    folder.create(path, Passphrase(passphrase, FOUNDER), fill)


@contextmanager
def study_in(opened: folder.Opened) -> Generator[Study]:
    """The study in an opened folder, for this process alone; an older one is upgraded after a backup.

    Raises `study.newer` for a study that a newer Amparo made, `accounts.not_a_member`, `vault.damaged`, and
    `vault.in_use`.
    """
    configure()
    with folder.writing(opened):
        connection = _connect(opened)
        try:
            try:
                study = _current(opened, connection)
                _sweep(opened)
                _complete(study)
                connection.learn()
            except ObjectDoesNotExist:  # rows that belong together are not together
                raise AmparoError("vault.damaged", path=str(opened.path)) from None
            yield study
        finally:
            connection.close()


def _sweep(opened: folder.Opened) -> None:
    """Remove sealed files that a killed reading left before its records were kept."""
    from amparo.study.register.models import SourceFile  # noqa: PLC0415

    blobs.sweep(opened, set(SourceFile.objects.values_list("blob", flat=True)))


def _complete(study: Study) -> None:
    """Finish what erasures by somebody else left to whoever holds the key, and what was lent until a day."""
    from amparo.study.care.erasure import complete  # noqa: PLC0415
    from amparo.study.cases.lending import sweep  # noqa: PLC0415

    complete(study)
    sweep(study)


def _current(opened: folder.Opened, connection: Any) -> Study:
    found = _schema(connection)
    if found > SCHEMA:
        raise AmparoError("study.newer", path=str(opened.path), found=found, known=SCHEMA)
    if found < SCHEMA:
        backup.snapshot(opened)
        _migrate(opened)
    from django.db import transaction  # noqa: PLC0415

    from amparo.study.accounts import compartments, services  # noqa: PLC0415

    study = _as_opened(opened)
    if found < SCHEMA:
        from amparo.study.linking.services import complete_runs  # noqa: PLC0415
        from amparo.study.register.digests import bulk_digests  # noqa: PLC0415

        with transaction.atomic():
            complete_runs(study)
            services.audit(
                study,
                "study.upgraded",
                wrote=services.standing_rows(),
                covers=bulk_digests(study),
                schema=SCHEMA,
                public_key=opened.pair.public_key.hex(),
            )
            _keep_schema(connection)  # in one transaction with the line: it stands there once
    return compartments.settle(study)


def _as_opened(opened: folder.Opened) -> Study:
    """The study with the keys of who opened it. Raises `accounts.not_a_member`."""
    from amparo.study.accounts import compartments, models, people  # noqa: PLC0415

    user = people.at_work(opened)
    return Study(opened, user, models.StudyFacts.objects.get(), compartments.keys_of(user, opened.pair))


def joined(opened: folder.Opened) -> Study:
    """A study this process holds already, as one more person opens it. Raises `accounts.not_a_member`."""
    from amparo.study.accounts import compartments  # noqa: PLC0415
    from amparo.study.cases.lending import sweep  # noqa: PLC0415

    study = compartments.settle(_as_opened(opened))
    sweep(study)
    return study


def refreshed(study: Study) -> Study:
    """The study with the roles and keys its person has now. Raises `accounts.not_a_member` when they left."""
    from amparo.study.accounts.models import KeyShare, User  # noqa: PLC0415

    user = User.objects.filter(pk=study.user.pk, until=None).first()
    if user is None:
        raise AmparoError("accounts.not_a_member")
    held = set(KeyShare.objects.filter(user=user).values_list("key_id", flat=True))
    if held == set(study.keys.ids) and user.roles == study.user.roles:
        return study
    return _as_opened(study.opened)
