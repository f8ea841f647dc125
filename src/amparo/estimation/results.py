"""What every method of this room returns: one stratum's estimate of N, the people on any list or none.

A method builds `Estimate(method, stratum, lists, observed, draws, seed, data, ...)`:

- `method`: its code, such as `latent_class`; `data`: `Histories.digest()` of what it estimated from.
- `draws`: float array (chains, draws) of N: of the posterior, or of the sampling law for a method that is
  not Bayesian (bootstrap replicates), so that every result can be pooled, summed over strata and drawn.
  Intervals are central quantiles of the draws, or with `shortest` the shortest on the scale of log N, except
  at the levels named in `limits`; `point` is the method's own estimate where that is not the median.
- `diagnostics`: figure by name (`rhat`, `ess_bulk`, ...); `gate`: the (least, most) that a figure must keep,
  None for no bound. What the gate refuses is a `Refusal`, never an `Estimate`.
- `chosen`: what the method picked from the data (a model, weights), as JSON values.
- `warnings`: what a reader must know beside the number, as codes with facts.
- `settings`: priors and lengths of run as JSON values; with `seed` and `data` they give the number again.
"""

from __future__ import annotations

import hashlib
from typing import Any, NoReturn

import msgspec
import numpy as np
import polars as pl

from amparo.errors import AmparoError, Issue
from amparo.runs import Manifest, manifest

LEVELS = (0.5, 0.8, 0.95)
LIBRARIES = ("numpy", "numba")


class Estimate(msgspec.Struct, frozen=True, eq=False, kw_only=True):
    """An estimate of N with its draws, its diagnostics and what is needed to make it again."""

    method: str
    stratum: dict[str, str]  # {} for the whole population
    lists: tuple[str, ...]
    observed: int  # people on at least one list
    draws: np.ndarray  # float, (chains, draws), of N
    seed: int
    data: str  # digest of the histories
    settings: dict[str, Any] = {}
    diagnostics: dict[str, float] = {}
    gate: dict[str, tuple[float | None, float | None]] = {}
    warnings: tuple[Issue, ...] = ()
    chosen: dict[str, Any] = {}
    point: float | None = None
    limits: dict[float, tuple[float, float]] = {}
    shortest: bool = False

    @property
    def median(self) -> float:
        """The central estimate: `point` where the method has its own, else the median of the draws."""
        return float(np.median(self.draws)) if self.point is None else self.point

    def interval(self, level: float = 0.95) -> tuple[float, float]:
        """The interval of that probability, 0 < level < 1: central, or the shortest where `shortest`."""
        if level in self.limits:
            return self.limits[level]
        if self.shortest:
            return shortest(self.draws, level)
        low, high = np.quantile(self.draws, [(1 - level) / 2, (1 + level) / 2]).tolist()
        return low, high

    def summary(self) -> pl.DataFrame:
        """One row: stratum columns, method, observed, median, ends of 50, 80 and 95 % intervals, figures."""
        row: dict[str, Any] = {**self.stratum, "method": self.method, "observed": self.observed}
        row["median"] = self.median
        for level in LEVELS:
            percent = f"{100 * level:g}"
            row[f"low_{percent}"], row[f"high_{percent}"] = self.interval(level)
        return pl.DataFrame([row | self.diagnostics | {"warnings": [issue.code for issue in self.warnings]}])

    def diagnose(self) -> pl.DataFrame:
        """One row per figure: diagnostic, value, least and most of its gate, passed (null: no gate)."""
        rows = []
        for name, value in self.diagnostics.items():
            least, most = self.gate.get(name, (None, None))
            passed = (least is None or value >= least) and (most is None or value <= most)
            rows.append((name, value, least, most, passed if name in self.gate else None))
        columns = {"diagnostic": pl.String, "value": pl.Float64, "least": pl.Float64, "most": pl.Float64}
        return pl.DataFrame(rows, {**columns, "passed": pl.Boolean}, orient="row")

    def to_arviz(self) -> Any:
        """The draws as `arviz.InferenceData`, variable `N`. Raises `estimation.no_arviz`."""
        try:
            import arviz  # noqa: PLC0415  (an extra: needed here only)
        except ImportError:
            raise AmparoError("estimation.no_arviz") from None
        attributes = {"method": self.method, "seed": self.seed, "data": self.data}
        return arviz.from_dict(posterior={"N": self.draws}, attrs=attributes)

    def to_json(self) -> bytes:
        """The whole result; `from_json` reads it back, `json_schema` describes it."""
        return msgspec.json.encode(self, enc_hook=_encode)

    @staticmethod
    def from_json(content: bytes) -> Estimate:
        """Read what `to_json` wrote. Raises `msgspec.ValidationError` where it is anything else."""
        return msgspec.json.decode(content, type=Estimate, dec_hook=_decode)

    @staticmethod
    def json_schema() -> dict[str, Any]:
        """The JSON schema (2020-12) of `to_json`."""
        return msgspec.json.schema(Estimate, schema_hook=_schema)

    def manifest(self) -> Manifest:
        """What is needed to make this number again, and the digest of the draws it must give."""
        return manifest(
            f"estimation.{self.method}",
            inputs={"histories": self.data},
            seed=self.seed,
            settings=self.settings,
            outputs={"draws": hashlib.sha256(np.ascontiguousarray(self.draws).tobytes()).hexdigest()},
            libraries=LIBRARIES,
        )


def shortest(draws: np.ndarray, level: float) -> tuple[float, float]:
    """The interval with that share of the draws whose ends have the smallest ratio.

    Ends differ by at most one draw in rank, so the answer wants thousands of draws.
    """
    ordered = np.sort(draws, axis=None)
    span = min(int(level * ordered.size), ordered.size - 1)
    first = int(np.argmin(ordered[span:] / ordered[: ordered.size - span]))
    return float(ordered[first]), float(ordered[first + span])


def _encode(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        return value.tolist()
    return _unknown(value)


def _decode(kind: type, value: Any) -> Any:
    if kind is np.ndarray:
        return np.array(value, np.float64)
    return _unknown(value)


def _schema(kind: type) -> dict[str, Any]:
    if kind is np.ndarray:
        return {"type": "array", "items": {"type": "array", "items": {"type": "number"}}}
    return _unknown(kind)


def _unknown(value: Any) -> NoReturn:
    raise NotImplementedError(value)
