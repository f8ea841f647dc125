"""Compiled parts of averaging over decomposable graphs: which graphs there are, and their posterior."""

from __future__ import annotations

from math import lgamma

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def decomposable(lists):
    """Every decomposable graph on so many vertices, as signed sets of vertices.

    Removing vertices whose neighbours are all joined (a perfect elimination) writes the law of the graph as
    prod P(v and its neighbours) / P(neighbours): +1 and -1 on sets, of which only the cliques and separators
    are left. Returns (graphs (G,) as edge numbers, starts (G + 1,), sets, signs); 8, 61, 822 and 18,154 graphs
    for 3 to 6 vertices. The empty set stands for the whole count.
    """
    edges = lists * (lists - 1) // 2
    full = (1 << lists) - 1
    first = np.empty(edges, np.int64)
    second = np.empty(edges, np.int64)
    e = 0
    for j in range(lists):
        for i in range(j):
            first[e], second[e] = i, j
            e += 1
    graphs = np.empty(1 << edges, np.int64)
    starts = np.zeros((1 << edges) + 1, np.int64)
    sets = np.empty((1 << edges) * 2 * lists, np.int64)
    signs = np.empty(sets.size, np.int64)
    near = np.empty(lists, np.int64)
    sign_of = np.zeros(1 << lists, np.int64)
    found = used = 0
    for graph in range(1 << edges):
        near[:] = 0
        for e in range(edges):
            if graph >> e & 1:
                near[first[e]] |= 1 << second[e]
                near[second[e]] |= 1 << first[e]
        sign_of[:] = 0
        left = full
        while left:
            removed = False
            for v in range(lists):
                if not left >> v & 1:
                    continue
                around = near[v] & left
                joined = True
                for u in range(lists):
                    if around >> u & 1 and around & ~(near[u] | 1 << u):
                        joined = False
                        break
                if joined:
                    sign_of[around | 1 << v] += 1
                    sign_of[around] -= 1
                    left ^= 1 << v
                    removed = True
                    break
            if not removed:
                break
        if left:
            continue
        graphs[found] = graph
        found += 1
        for s in range(sign_of.size):
            if sign_of[s]:
                sets[used], signs[used] = s, sign_of[s]
                used += 1
        starts[found] = used
    return graphs[:found], starts[: found + 1], sets[:used], signs[:used]


@njit(cache=True, nogil=True)
def marginal_likelihoods(counts, unseen, delta):
    """log Dirichlet-multinomial terms of every set of lists: (2^J, grid).

    For the set C the cells of its marginal table have prior weight delta 2^(J - |C|); the cell of nobody holds
    the unseen too. The term is sum_cells log Gamma(n + w) - log Gamma(w) (Dawid and Lauritzen 1993, section
    7; Madigan and York 1997, equation 3).
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
def weigh(terms, prior, widths, starts, sets, signs):
    """Posterior of graph and of the unseen: (weight per grid point (grid,), weight per graph (G,)).

    `prior` is the log prior at each grid point with everything that does not depend on the graph, `widths` the
    whole numbers a grid point stands for. Weights are relative to the largest; those below e^-60 are 0.
    """
    grid, graphs = prior.size, starts.size - 1
    largest = -np.inf
    tops = np.empty(graphs)
    row = np.empty(grid)
    for g in range(graphs):
        _row(terms, prior, starts, sets, signs, g, row)
        tops[g] = row.max()
        largest = max(largest, tops[g])
    of_point = np.zeros(grid)
    of_graph = np.zeros(graphs)
    for g in range(graphs):
        if tops[g] < largest - 60.0:
            continue
        _row(terms, prior, starts, sets, signs, g, row)
        for i in range(grid):
            if row[i] > largest - 60.0:
                mass = np.exp(row[i] - largest) * widths[i]
                of_point[i] += mass
                of_graph[g] += mass
    return of_point, of_graph


@njit(cache=True, nogil=True)
def _row(terms, prior, starts, sets, signs, g, row):
    """Fill row with the log posterior of one graph along the grid."""
    row[:] = prior
    for e in range(starts[g], starts[g + 1]):
        chosen, sign = sets[e], signs[e]
        for i in range(row.size):
            row[i] += sign * terms[chosen, i]
