"""Compiled parts of averaging over decomposable graphs: which graphs there are, and their posterior."""

from __future__ import annotations

from math import lgamma
from typing import NamedTuple

import numpy as np
from numba import njit


class Graphs(NamedTuple):
    """Decomposable graphs as signed sets of vertices: those of graph g stand at starts[g] : starts[g + 1]."""

    starts: np.ndarray  # int64, (G + 1,)
    sets: np.ndarray  # int64, bit j is vertex j
    signs: np.ndarray  # int64: 1 for a clique, minus the number of times a separator separates


@njit(cache=True, nogil=True)
def _neighbours(graph, near):
    """Fill near[v] with the vertices joined to v; bit e of `graph` is the e-th pair i < j, j ascending."""
    near[:] = 0
    e = 0
    for j in range(near.size):
        for i in range(j):
            if graph >> e & 1:
                near[i] |= 1 << j
                near[j] |= 1 << i
            e += 1


@njit(cache=True, nogil=True)
def _simplicial(near, left):
    """A vertex of `left` whose neighbours there are all joined, or -1."""
    for v in range(near.size):
        if left >> v & 1:
            around = near[v] & left
            joined = True
            for u in range(near.size):
                if around >> u & 1 and around & ~(near[u] | 1 << u):
                    joined = False
            if joined:
                return v
    return -1


@njit(cache=True, nogil=True)
def decomposable(lists):
    """Every decomposable graph on so many vertices: 8, 61, 822 and 18,154 for 3 to 6.

    Removing vertices whose neighbours are all joined (a perfect elimination) writes the law of the graph as
    prod P(v and its neighbours) / P(neighbours): +1 and -1 on sets, of which only the cliques and separators
    are left. The empty set stands for the whole count.
    """
    number = 1 << lists * (lists - 1) // 2
    starts = np.zeros(number + 1, np.int64)
    sets = np.empty(number * 2 * lists, np.int64)
    signs = np.empty(sets.size, np.int64)
    near = np.empty(lists, np.int64)
    sign_of = np.zeros(1 << lists, np.int64)
    found = used = 0
    for graph in range(number):
        _neighbours(graph, near)
        sign_of[:] = 0
        left = (1 << lists) - 1
        while left:
            v = _simplicial(near, left)
            if v < 0:
                break
            sign_of[near[v] & left | 1 << v] += 1
            sign_of[near[v] & left] -= 1
            left ^= 1 << v
        if not left:
            found += 1
            for s in np.flatnonzero(sign_of):
                sets[used], signs[used] = s, sign_of[s]
                used += 1
            starts[found] = used
    return Graphs(starts[: found + 1], sets[:used], signs[:used])


@njit(cache=True, nogil=True)
def marginal_likelihoods(counts, unseen, delta):
    """log Dirichlet-multinomial terms of every set of lists: (2^J, grid).

    For the set C the cells of its marginal table have prior weight delta 2^(J - |C|); the cell of nobody
    holds the unseen too. The term is sum_cells log Gamma(n + w) - log Gamma(w) (Dawid and Lauritzen 1993,
    section 7; Madigan and York 1997, equation 3).
    """
    size = counts.size
    out = np.empty((size, unseen.size))
    table = np.empty(size)
    for chosen in range(size):
        table[:] = 0.0
        for c in range(size):
            table[c & chosen] += counts[c]
        weight = delta * size
        bits = chosen
        while bits:
            weight *= 0.5
            bits &= bits - 1
        fixed = -lgamma(weight)
        for c in range(1, size):
            if c & chosen == c and table[c] > 0.0:
                fixed += lgamma(table[c] + weight) - lgamma(weight)
        for g in range(unseen.size):
            out[chosen, g] = fixed + lgamma(table[0] + unseen[g] + weight)
    return out


@njit(cache=True, nogil=True)
def weigh(terms, prior, widths, graphs):
    """Posterior of graph and of the unseen: (weight per grid point (grid,), weight per graph (G,)).

    `prior` is the log prior at each grid point with everything that does not depend on the graph, `widths`
    the whole numbers a grid point stands for. Weights are relative to the largest; those below e^-60 are 0.
    """
    grid, number = prior.size, graphs.starts.size - 1
    largest = -np.inf
    tops = np.empty(number)
    row = np.empty(grid)
    for g in range(number):
        _row(terms, prior, graphs, g, row)
        tops[g] = row.max()
        largest = max(largest, tops[g])
    of_point = np.zeros(grid)
    of_graph = np.zeros(number)
    for g in range(number):
        if tops[g] < largest - 60.0:
            continue
        _row(terms, prior, graphs, g, row)
        for i in range(grid):
            if row[i] > largest - 60.0:
                mass = np.exp(row[i] - largest) * widths[i]
                of_point[i] += mass
                of_graph[g] += mass
    return of_point, of_graph


@njit(cache=True, nogil=True)
def _row(terms, prior, graphs, g, row):
    """Fill row with the log posterior of one graph along the grid."""
    row[:] = prior
    for e in range(graphs.starts[g], graphs.starts[g + 1]):
        chosen, sign = graphs.sets[e], graphs.signs[e]
        for i in range(row.size):
            row[i] += sign * terms[chosen, i]
