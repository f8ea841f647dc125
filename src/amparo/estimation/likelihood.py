"""The marginal likelihood of latent classes and its gradient: class labels and the unseen summed out.

Person i of N belongs to class k with probability pi_k and stands on list j with probability lambda_jk,
independently given the class. With F(x) = sum_k pi_k prod_j lambda_jk^x_j (1 - lambda_jk)^(1 - x_j),
F0 = F(0, ..., 0) and p(N) proportional to 1 / N, summing over labels and N leaves

    log L = sum_m f_m log F(x_m) - n log(1 - F0)

for the M observed patterns x_m with counts f_m, n = sum f_m. Given F0 the unseen are negative binomial:
a gamma mixture of Poissons. With w_mk = f_m pi_k P_k(x_m) / F(x_m), C_k = sum_m w_mk + n pi_k P_k(0) /
(1 - F0) and X_jk = sum_m x_mj w_mk,

    d log L / d logit lambda_jk = X_jk - lambda_jk C_k
    d log L / d logit v_k = C_k (1 - v_k) - v_k sum_{l > k} C_l        (pi_k = v_k prod_{l<k} (1 - v_l))

Patterns are walked as a tree: a pattern's class probabilities are its parent's times the odds of one list
more, so that a gradient costs one product per tree node and class, whatever the number of lists.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from amparo.estimation.compiling import compiled, inlined

BLOCK = 4  # classes are stored in blocks of so many, the rest empty, for the machine's vectors
INFINITE = 700.0  # exponents beyond it are clipped

LOG2_E = 1.4426950408889634
LN2_HIGH, LN2_LOW = 6.93147180369123816490e-01, 1.90821492927058770002e-10


class Tree(NamedTuple):
    """Observed patterns as a tree; node 0 is the pattern of the unseen, parents come before children."""

    parent: NDArray[np.uint64]  # (T,)
    last: NDArray[np.uint64]  # (T,) the list a node adds to its parent
    count: NDArray[np.float64]  # (T,) people of the pattern; 0 for nodes that only lead to others
    lists: int
    people: int  # n


class Room(NamedTuple):
    """Scratch memory of one chain."""

    nodes: np.ndarray  # (T, B) B = classes rounded up to whole blocks
    total: np.ndarray  # (T,) F of each node
    logit: np.ndarray  # (J, B) logit lambda
    odds: np.ndarray  # (J, B)
    present: np.ndarray  # (J, B) X
    weight: np.ndarray  # (B,) pi
    nobody: np.ndarray  # (B,) P_k(0)
    expected: np.ndarray  # (B,) C
    carried: np.ndarray  # (B,)
    whole: np.ndarray  # (J B,) for `exponentials`
    scale: np.ndarray  # (J B,)
    bits: np.ndarray  # (J B,) the memory of `scale` as integers


def tree_of(patterns: NDArray[np.integer], counts: NDArray[np.integer]) -> Tree:
    """The tree of (M, J) patterns with their counts; frequent lists stand near the root."""
    frequent = np.argsort(-(counts @ patterns.astype(np.int64)), kind="stable").tolist()
    place: dict[tuple[int, ...], int] = {(): 0}
    parent, last, count = [0], [0], [0.0]

    def node(held: tuple[int, ...]) -> int:
        if held not in place:
            above = node(held[:-1])
            place[held] = len(parent)
            parent.append(above)
            last.append(held[-1])
            count.append(0.0)
        return place[held]

    for row, people in sorted(zip(patterns.tolist(), counts.tolist(), strict=True)):
        count[node(tuple(j for j in frequent if row[j]))] += people
    return Tree(
        np.array(parent, np.uint64),
        np.array(last, np.uint64),
        np.array(count),
        patterns.shape[1],
        int(counts.sum()),
    )


@compiled
def room_for(tree, classes):
    """Scratch memory for one chain over a tree."""
    wide = (classes + BLOCK - 1) // BLOCK * BLOCK
    size, lists = tree.parent.size, tree.lists
    scale = np.ones(lists * wide)
    return Room(
        np.zeros((size, wide)),
        np.zeros(size),
        np.zeros((lists, wide)),
        np.zeros((lists, wide)),
        np.zeros((lists, wide)),
        np.zeros(wide),
        np.zeros(wide),
        np.zeros(wide),
        np.zeros(wide),
        np.zeros(lists * wide),
        scale,
        scale.view(np.int64),
    )


@inlined
def exponentials(x, out, whole, scale, bits):
    """Fill out[i] = exp(x[i]), |x| clipped at 700: relative error below 1e-13, in the machine's vectors."""
    for i in range(x.size):
        value = min(max(x[i], -INFINITE), INFINITE)
        power = np.floor(value * LOG2_E + 0.5)
        whole[i] = power
        r = (value - power * LN2_HIGH) - power * LN2_LOW
        p = r / 39916800.0 + 1.0 / 3628800.0
        p = p * r + 1.0 / 362880.0
        p = p * r + 1.0 / 40320.0
        p = p * r + 1.0 / 5040.0
        p = p * r + 1.0 / 720.0
        p = p * r + 1.0 / 120.0
        p = p * r + 1.0 / 24.0
        p = p * r + 1.0 / 6.0
        p = p * r + 0.5
        p = p * r + 1.0
        out[i] = p * r + 1.0
    for i in range(x.size):
        bits[i] = np.int64(np.int32(whole[i]) + np.int32(1023)) << 52
    for i in range(x.size):
        out[i] *= scale[i]


@inlined
def open_up(room):
    """From room.logit: the odds, and P_k(0) in room.nobody."""
    lists, wide = room.odds.shape
    exponentials(room.logit.ravel(), room.odds.ravel(), room.whole, room.scale, room.bits)
    for k in range(wide):
        room.nobody[k] = 1.0
    for j in range(lists):
        for k in range(wide):
            room.nobody[k] *= 1.0 + room.odds[j, k]
    for k in range(wide):
        room.nobody[k] = 1.0 / room.nobody[k]


@inlined
def spread(tree, room):
    """From odds, room.nobody and room.weight: pi_k P_k of every node, and F. Returns F0."""
    wide = room.weight.size
    nodes, odds = room.nodes, room.odds
    for k in range(wide):
        nodes[0, k] = room.weight[k] * room.nobody[k]
    for t in range(1, tree.parent.size):
        p, j = tree.parent[t], tree.last[t]
        for b in range(0, wide, BLOCK):
            for i in range(BLOCK):
                nodes[t, b + i] = nodes[p, b + i] * odds[j, b + i]
    for t in range(tree.parent.size):
        total = 0.0
        for b in range(0, wide, BLOCK):
            total += (nodes[t, b] + nodes[t, b + 1]) + (nodes[t, b + 2] + nodes[t, b + 3])
        room.total[t] = total
    return room.total[0]


@compiled
def log_likelihood(tree, room):
    """log L of what `spread` left in the room; -inf where arithmetic ends."""
    unseen = room.total[0]
    if not unseen < 1.0:
        return -np.inf
    value = -tree.people * np.log1p(-unseen)
    for t in range(1, tree.parent.size):
        if tree.count[t] > 0.0:
            value += tree.count[t] * np.log(room.total[t])
    return value


@inlined
def gather(tree, room):
    """From what `spread` left: C_k in room.expected and X_jk in room.present; spends room.nodes."""
    lists, wide = room.odds.shape
    nodes, present = room.nodes, room.present
    for j in range(lists):
        for k in range(wide):
            present[j, k] = 0.0
    for t in range(tree.parent.size):
        share = tree.people / (1.0 - room.total[0]) if t == 0 else tree.count[t] / room.total[t]
        for b in range(0, wide, BLOCK):
            for i in range(BLOCK):
                nodes[t, b + i] *= share
    for t in range(tree.parent.size - 1, 0, -1):
        p, j = tree.parent[t], tree.last[t]
        for b in range(0, wide, BLOCK):
            for i in range(BLOCK):
                people = nodes[t, b + i]
                nodes[p, b + i] += people
                present[j, b + i] += people
    for k in range(wide):
        room.expected[k] = nodes[0, k]


@compiled
def unseen_draw(rng, odds, people):
    """The number of unseen given F0 / (1 - F0): negative binomial as a gamma mixture of Poissons."""
    return rng.poisson(odds * rng.standard_gamma(float(people)))
