"""Column contracts of the frames that pass between rooms."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from amparo.errors import AmparoError

Schema = Mapping[str, pl.DataType | type[pl.DataType]]

# What a column of a list may mean: the targets of a mapping. One record, one text or null each, verbatim.
CELLS: dict[str, str] = {
    "identifier": "a number or code of this person or document in this list or another",
    "name": "the full name as written, in any order",
    "given": "given names",
    "surname": "surname or surnames",
    "second_surname": "second (mother's) surname",
    "married_surname": "surname taken by marriage",
    "alias": "nicknames or other names",
    "sex": "sex as written",
    "age": "age, or an age band, at the event",
    "birth_date": "date or year of birth at any precision",
    "event_date": "date of the counted act at any precision",
    "death_date": "date of death when it is not the counted act",
    "place": "place of the act as one text",
    "place_1": "first level below the country: department, province, state",
    "place_2": "second level: municipality, county",
    "place_3": "third level: city, canton, colonia",
    "status": "what became of the person, or the state of the case",
    "circumstances": "free text on what happened",
}

# Verbatim cells of records: the output of `intake`, the input of `values.columns`.
RECORDS: Schema = {"record_id": pl.String, "source": pl.String, **dict.fromkeys(CELLS, pl.String)}

# What those cells can mean: the output of `values.columns`, the input of `linkage` and of counting.
# Tokens are lower-case ASCII without particles; places are lower-case ASCII; unknown is null or [].
MEANINGS: Schema = {
    "record_id": pl.String,
    "source": pl.String,
    "given": pl.List(pl.String),
    "surnames": pl.List(pl.String),  # first surname first; a compound surname is one token, joined by "_"
    "married": pl.List(pl.String),
    "aliases": pl.List(pl.String),
    "sex": pl.String,  # "F", "M" or null
    "age_low": pl.Int16,
    "age_high": pl.Int16,
    "birth_from": pl.Date,  # first and last day the value allows
    "birth_to": pl.Date,
    "event_edtf": pl.String,  # EDTF level 1-2, for example 2018-08, XXXX-08, 2016-03-11~
    "event_from": pl.Date,  # null when the year is unknown
    "event_to": pl.Date,
    "event_month": pl.Int8,  # known even where the year is not (XXXX-08)
    "death_from": pl.Date,
    "death_to": pl.Date,
    "place_1": pl.String,
    "place_2": pl.String,
    "place_3": pl.String,
    "place": pl.String,  # the free text, normalised
    "identifier": pl.String,
}

# What counting needs of linked records: no name, no identifier, no day of birth.
COARSE: Schema = {
    "record_id": pl.String,
    "source": pl.String,
    "person": pl.String,
    **{name: MEANINGS[name] for name in ("event_from", "event_to", "sex", "place_1", "place_2")},
}

# Scored pairs of records: kept sealed by the study, shown to the matching desk.
PAIRS: Schema = {
    "record_l": pl.String,
    "record_r": pl.String,
    "source_l": pl.String,
    "source_r": pl.String,
    "match_key": pl.String,  # the blocking rule that first proposed the pair
    "match_weight": pl.Float64,  # log2 odds
    "match_probability": pl.Float64,  # of these two records alone
    "together": pl.Float64,  # share of the draws in which they are one person, rivals and the others weighed
    # Of the comparisons in the model's order: level (-1 for missing), and what it adds to the log odds (ln).
    "levels": pl.List(pl.Int8),
    "weights": pl.List(pl.Float32),
    "prior": pl.Float32,  # what two records of these lists add before anything is compared
    "rivals": pl.Float32,  # taken off because they may be relatives or victims of one event
    "labelled": pl.Float32,  # what judgements taught to add
    "p_event": pl.Float32,  # probability of two victims of one event; of relatives in one event
    "p_relatives": pl.Float32,
}

# What reviewers said that binds the linkage: `verdict` is "same" or "different", `chosen` how the pair came
# to be shown (`near` the threshold, `blind`, from `outside` blocking, `asked`).
JUDGEMENTS: Schema = {
    "record_l": pl.String,
    "record_r": pl.String,
    "verdict": pl.String,
    "chosen": pl.String,
}

# Draws of who is who: by record the number of its cluster in each draw.
DRAWS: Schema = {"record_id": pl.String, "clusters": pl.List(pl.Int32)}

# Which records are the same person: `cluster` is a number within one run, `person` is stable across runs.
CLUSTERS: Schema = {"record_id": pl.String, "source": pl.String, "cluster": pl.Int64}


def conform(frame: pl.DataFrame, schema: Schema, room: str) -> pl.DataFrame:
    """Give the frame exactly the schema's columns, in its order; absent columns become null.

    Raises `frame.columns` when the frame holds columns the contract does not know.
    """
    unknown = sorted(set(frame.columns) - set(schema))
    if unknown:
        raise AmparoError("frame.columns", room=room, columns=", ".join(unknown))
    return frame.select(
        pl.col(name).cast(dtype) if name in frame.columns else pl.lit(None, dtype=dtype).alias(name)
        for name, dtype in schema.items()
    )
