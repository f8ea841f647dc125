"""Strata on a cluster: the `map` of the room over Apache Spark."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any


def spread_over(context: Any) -> Callable[[Callable[[Any], Any], Iterable[Any]], Iterator[Any]]:
    """A `map` for `fit_strata` over a `pyspark.SparkContext`: each item is a task; results come in order.

    The workers need Amparo and Python of the same versions. Function, items and results cross the wire:
    take the context from `amparo.spark.session`, which encrypts it.
    """

    def spread(function: Callable[[Any], Any], items: Iterable[Any]) -> Iterator[Any]:
        jobs = list(items)
        if not jobs:
            return iter(())
        return context.parallelize(jobs, len(jobs)).map(function).toLocalIterator(prefetchPartitions=True)

    return spread
