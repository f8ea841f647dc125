"""What stays unsealed inside the encrypted database, and why. A test holds every model to this table.

Everything else is sealed under its row's own key. Foreign keys and keys wrapped for others need no line.
"""

CLEAR_COLUMNS: dict[str, dict[str, str]] = {
    "accounts.User": {
        "handle": "staff sign in by it",
        "password": "inherited from Django and never set",
        "last_login": "inherited from Django and never set",
        "roles": "what somebody may do",
        "public_key": "to seal to them",
        "verify_key": "to check what they signed",
        "since": "first day",
        "until": "last day",
    },
    "accounts.Compartment": {"name": "chosen by staff", "escrowed": "whether the recovery shares open it"},
    "accounts.CompartmentKey": {"version": "which key seals what comes after", "at": "time of making"},
    "accounts.KeyShare": {},
    "accounts.AuditLine": {
        "seq": "order of the chain",
        "at": "time of the act",
        "act": "code of the act",
        "facts": "counts, versions and digests",
        "covers": "digests of the rows an act wrote",
        "signature": "of who acted",
        "digest": "link of the chain",
    },
    "accounts.StudyFacts": {
        "title": "the organisation's name for the study",
        "language": "es or en",
        "synthetic": "opens the way to plain files",
        "created": "day of creation",
        "made_by": "version of Amparo",
    },
    "register.Source": {"key": "short key of a list, chosen by staff"},
    "register.Declaration": {
        "title": "title of a list, chosen by staff",
        "part": "part in counting",
        "derived_from": "keys of lists",
        "at": "time of the declaration",
    },
    "register.SourceFile": {
        "ordinal": "number of the file within its source",
        "blob": "keyed hash: says nothing without the key",
        "rows": "a count",
        "at": "time of reading",
    },
    "register.Record": {"id": "source key, file ordinal and row", "row": "row in the file"},
    "register.Supersession": {},
    "linking.LinkRun": {
        "at": "time of the run",
        "seed": "to do it again",
        "records_digest": "which records it saw",
        "manifest": "versions, settings, digests",
        "quality": "aggregates",
        "compartments": "names, chosen by staff",
    },
    "linking.CoarseRecords": {},
    "counting.TargetPopulation": {
        "version": "order of versions",
        "role": "definition, no person",
        "act": "definition, no person",
        "place": "definition, no person",
        "period_from": "definition, no person",
        "period_to": "definition, no person",
        "at": "time of the declaration",
    },
    "counting.CountRun": {
        "at": "time of the run",
        "seed": "to do it again",
        "manifest": "versions, settings, digests",
    },
    "counting.WorkingReport": {"page": "language and kind of page", "at": "time of making"},
}
