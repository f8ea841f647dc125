"""Errors as codes with facts. The words, in Spanish and English, live in `report/catalogue`."""

from __future__ import annotations

from functools import partial
from typing import Any, NamedTuple

# code -> the facts its sentence needs. Codes are grouped by the room that raises them.
CODES: dict[str, tuple[str, ...]] = {
    # records and runs
    "frame.columns": ("room", "columns"),
    # values
    "date.impossible": ("value",),
    "date.unreadable": ("value",),
    "age.unreadable": ("value",),
    "sex.unreadable": ("value",),
    # vault
    "vault.audit_broken": ("seq",),
    "vault.blob_damaged": ("name",),
    "vault.blob_missing": ("name",),
    "vault.cannot_write": ("path",),
    "vault.damaged": ("path",),
    "vault.disk_full": ("path",),
    "vault.in_use": ("path",),
    "vault.locked": (),
    "vault.newer": ("path",),
    "vault.no_parent": ("path",),
    "vault.no_study": ("path",),
    "vault.not_a_study": ("path",),
    "vault.passphrase_short": ("minimum",),
    "vault.path_taken": ("path",),
    "vault.slot_weak": ("path",),
    "vault.slots_tampered": ("path",),
    "vault.tampered": ("table", "row", "field"),
    "vault.wrong_passphrase": (),
    # estimation
    "estimation.few_lists": ("lists",),
    "estimation.few_shared": ("people",),
    "estimation.list_complete": ("list",),
    "estimation.list_empty": ("list",),
    "estimation.list_without_overlap": ("list",),
    "estimation.lists_absent": ("lists",),
    "estimation.lists_disconnected": ("first", "second"),
    "estimation.lists_identical": ("first", "second"),
    "estimation.near_cap": ("share", "cap"),
    "estimation.nobody": (),
    "estimation.not_converged": ("rhat", "ess", "draws"),
    "estimation.not_identified": ("share", "cap"),
    "estimation.overlap_low": ("share",),
    "estimation.overlap_very_low": ("share",),
    "estimation.table_cell": ("file", "row", "column", "value"),
    "estimation.table_count": ("file", "row", "value"),
    "estimation.table_empty": ("file",),
    "estimation.table_lists": ("file",),
    "estimation.table_stratum": ("file", "column"),
    "estimation.table_unseen": ("file", "row"),
    "estimation.three_lists": (),
    # disclosure
    "disclosure.bad_interval": ("low", "high"),
    "disclosure.cell_length": ("cell", "dimensions"),
    "disclosure.contradiction": ("releases",),
    "disclosure.denominator": ("population",),
    "disclosure.estimate_withheld": ("cell",),
    "disclosure.figure_tells": ("cell",),
    "disclosure.leaked_before": ("findings",),
    "disclosure.levels_disagree": ("dimension", "node", "group"),
    "disclosure.no_person": ("column", "rows"),
    "disclosure.nobody": ("cell",),
    "disclosure.node_twice": ("dimension", "node"),
    "disclosure.not_a_part": ("cell", "of"),
    "disclosure.nothing_left": ("release",),
    "disclosure.order": ("release", "last"),
    "disclosure.reserved_node": ("dimension", "node"),
    "disclosure.several_cells": ("persons", "dimensions"),
    "disclosure.unknown_dimension": ("dimension", "known"),
    "disclosure.unknown_kind": ("kind", "kinds"),
    "disclosure.unknown_level": ("dimension", "level", "known"),
    "disclosure.unknown_node": ("dimension", "node"),
    "disclosure.unknown_value": ("dimension", "rows"),
    "disclosure.unsolved": ("releases",),
    # intake: files that cannot be read
    "intake.file_too_large": ("file", "limit"),
    "intake.empty": ("file",),
    "intake.not_a_table": ("file",),
    "intake.no_header": ("file", "row"),
    "intake.no_rows": ("file", "row"),
    "intake.too_wide": ("file", "row", "cells", "limit"),
    "intake.encoding": ("file", "row", "encoding"),
    "intake.encoding_unknown": ("file", "encoding"),
    "intake.delimiter": ("file", "delimiter"),
    "intake.nul": ("file", "row"),
    "intake.line_too_long": ("file", "row", "limit"),
    "intake.cell_too_long": ("file", "row", "limit"),
    "intake.quote_open": ("file", "row"),
    "intake.password": ("file",),
    "intake.broken": ("file",),
    "intake.bomb": ("file", "limit"),
    "intake.far_cell": ("file", "sheet", "cell"),
    "intake.no_sheet": ("file", "sheet", "sheets"),
    "intake.child_died": ("file", "reason"),
    "intake.too_large": ("file", "limit"),
    "intake.too_slow": ("file", "limit"),
    # intake: told beside a table that was read
    "intake.header_row": ("file", "row"),
    "intake.header_again": ("file", "row", "count"),
    "intake.header_blank": ("file", "row", "column"),
    "intake.header_twice": ("file", "row", "column", "renamed"),
    "intake.row_short": ("file", "row", "cells", "columns", "count"),
    "intake.row_long": ("file", "row", "cells", "columns", "count"),
    "intake.stray_quote": ("file", "row"),
    "intake.formulas": ("file", "sheet", "count"),
    "intake.other_sheets": ("file", "sheet", "others"),
    "intake.merged": ("file", "sheet", "row", "count"),
    # intake: mappings
    "intake.unknown_field": ("file", "field", "fields"),
    "intake.column_twice": ("file", "column", "first", "second"),
    "intake.unknown_column": ("file", "column", "headers"),
    "intake.mapping_toml": ("file", "row"),
    "intake.mapping_value": ("file", "field", "allowed"),
    # intake: why a column is proposed
    "intake.proposed_header": ("column", "field"),
    "intake.proposed_part": ("column", "field"),
    "intake.proposed_values": ("column", "field"),
    "intake.proposed_blank": ("column", "field"),
    "intake.proposed_unknown": ("column", "field"),
    "intake.proposed_unused": ("column", "field"),
    "intake.proposed_contradicted": ("column", "field"),
    "intake.proposed_second": ("column", "field"),
    "intake.proposed_dates_mixed": ("column", "field"),
    "intake.proposed_dates_assumed": ("column", "field"),
    # cli
    "cli.usage": ("words",),
    "cli.missing_word": ("word",),
    "cli.interrupted": (),
    "cli.internal": ("where",),
    "cli.no_passphrase": (),
    "cli.passphrases_differ": (),
    "cli.no_file": ("file",),
    "cli.unreadable_file": ("file", "reason"),
    "cli.cannot_write": ("folder", "reason"),
    "plan.bad": ("file", "problem"),
    "cli.missing": ("option",),
    "cli.bad_day": ("value", "option"),
    "cli.study_or_histories": (),
    "cli.not_synthetic": ("study",),
    "cli.not_a_demo": ("folder",),
    "cli.checkout": ("folder",),
    # study
    "study.newer": ("path", "found", "known"),
    "register.undeclared": ("source",),
    "register.bad_part": ("part", "source", "parts"),
    "register.bad_key": ("source",),
    "register.bad_origin": ("source", "origin"),
    "linking.no_records": (),
    "counting.bad_period": ("last", "first"),
    "counting.unknown_stratum": ("stratum", "known"),
    "counting.link_first": (),
    "counting.no_target": (),
    "counting.no_count": (),
    "counting.unknown_list": ("list", "known"),
    "counting.not_derived": ("list", "part"),
    "counting.derived_lists": ("list", "origins", "derived", "capture", "minimum"),
    "counting.few_lists": ("minimum", "captures", "capture", "others"),
    "counting.outside_period": ("persons",),
    "counting.no_counted_list": ("persons",),
    "counting.derived_counted": ("list", "origins"),
    "counting.undated": ("persons",),
    "counting.lists_left_out": ("lists",),
    "counting.strata_apart": (),
    "counting.linkage_fixed": (),
    # linkage
    "linkage.blocks_skipped": ("rule", "blocks", "largest", "pairs"),
    "linkage.threshold": ("threshold",),
}


class Issue(NamedTuple):
    """Something to tell the user that did not stop the work: a code with its facts."""

    code: str
    facts: dict[str, Any]


class AmparoError(Exception):
    """Work stopped for a reason the user can act on.

    `str()` gives the code alone: facts may hold file names or cells and must not reach a log.
    """

    def __init__(self, code: str, **facts: Any) -> None:
        """Keep the code and its facts; an unknown code or a missing fact is a defect."""
        expected = CODES[code]
        if set(facts) != set(expected):
            raise TypeError(f"{code} takes {expected}, not {tuple(facts)}")
        super().__init__(code)
        self.code = code
        self.facts = facts

    def __reduce__(self) -> tuple[Any, ...]:
        """Cross to another process with the facts."""
        return partial(type(self), self.code, **self.facts), ()


class Refusal(AmparoError):
    """The data cannot support the answer: a result, not a fault of the user or the program."""
