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

Several chains move in step, one a lane: every array of a room ends in classes times lanes, the lanes of one
class side by side, so that the machine's vectors hold the same number of every chain.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import carray
from numpy.typing import NDArray

from amparo.estimation.compiling import compiled, inlined, pointer

BLOCK = 4  # classes are stored in blocks of so many, the rest empty
INFINITE = 700.0  # exponents beyond it are clipped

LOG2_E = 1.4426950408889634
LN2_HIGH, LN2_LOW = 6.93147180369123816490e-01, 1.90821492927058770002e-10
ROUNDED = 6755399441055744.0  # 1.5 * 2^52: what is added to it stands in its last bits as an integer

Lanes = tuple[int, ...]  # zeros; its length, which compiled code knows, is the number of chains in step


class Tree(NamedTuple):
    """Observed patterns as a tree; node 0 is the pattern of the unseen, parents come before children."""

    parent: NDArray[np.uint64]  # (T,)
    last: NDArray[np.uint64]  # (T,) the list a node adds to its parent
    count: NDArray[np.float64]  # (T,) people of the pattern; 0 for nodes that only lead to others
    lists: int
    people: int  # n


class Room(NamedTuple):
    """Scratch memory of chains in step; W = classes rounded up to whole blocks, times lanes.

    All but `memory` are views of it that count no references: counting costs as much as the arithmetic.
    """

    lanes: Lanes
    memory: np.ndarray
    nodes: np.ndarray  # (T, W) pi_k P_k of each node
    total: np.ndarray  # (T, C) F of each node
    logit: np.ndarray  # (J, W) logit lambda
    odds: np.ndarray  # (J, W)
    without: np.ndarray  # (J, W) 1 - lambda
    present: np.ndarray  # (J, W) X
    weight: np.ndarray  # (W,) pi
    nobody: np.ndarray  # (W,) P_k(0)
    expected: np.ndarray  # (W,) C
    carried: np.ndarray  # (W,)
    grown: np.ndarray  # (W,) exponentials of the weights' coordinates
    of_list: np.ndarray  # (J, C)
    hyper: np.ndarray  # (8 C,)
    logits: np.ndarray  # the memory of `logit`, `odds`, `without` in one row
    all_odds: np.ndarray
    all_without: np.ndarray
    scale: np.ndarray  # for `exponentials`
    bits: np.ndarray  # the memory of `scale` as integers


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
def _carve(memory, rows, wide, taken):
    """(rows, wide) and (rows * wide,) views of memory that is not taken; returns them and what then is."""
    free = pointer(memory.ctypes.data + memory.itemsize * taken)  # ty: ignore[missing-argument]
    return (
        carray(free, (rows, wide), np.float64),
        carray(free, (rows * wide,), np.float64),
        taken + rows * wide,
    )


@compiled
def room_for(tree, classes, lanes):
    """Scratch memory for as many chains in step as `lanes` is long."""
    chains = len(lanes)
    wide = (classes + BLOCK - 1) // BLOCK * BLOCK * chains
    size, lists = tree.parent.size, tree.lists
    most = max(lists * wide, 8 * chains)
    memory = np.zeros((size + 4 * lists + 5) * wide + (size + lists + 8) * chains + most)
    nodes, _, taken = _carve(memory, size, wide, 0)
    total, _, taken = _carve(memory, size, chains, taken)
    logit, logits, taken = _carve(memory, lists, wide, taken)
    odds, all_odds, taken = _carve(memory, lists, wide, taken)
    without, all_without, taken = _carve(memory, lists, wide, taken)
    present, _, taken = _carve(memory, lists, wide, taken)
    _, weight, taken = _carve(memory, 1, wide, taken)
    _, nobody, taken = _carve(memory, 1, wide, taken)
    _, expected, taken = _carve(memory, 1, wide, taken)
    _, carried, taken = _carve(memory, 1, wide, taken)
    _, grown, taken = _carve(memory, 1, wide, taken)
    of_list, _, taken = _carve(memory, lists, chains, taken)
    _, hyper, taken = _carve(memory, 8, chains, taken)
    _, scale, taken = _carve(memory, 1, most, taken)
    return Room(
        lanes,
        memory,
        nodes,
        total,
        logit,
        odds,
        without,
        present,
        weight,
        nobody,
        expected,
        carried,
        grown,
        of_list,
        hyper,
        logits,
        all_odds,
        all_without,
        scale,
        scale.view(np.int64),
    )


@inlined
def exponentials(x, at, size, out, room):
    """Fill out[i] = exp(x[at + i]), |x| clipped at 700, i < size: relative error below 1e-13, in vectors."""
    scale, bits = room.scale, room.bits
    for i in range(size):
        value = min(max(x[at + i], -INFINITE), INFINITE)
        power = np.floor(value * LOG2_E + 0.5)
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
        scale[i] = (power + 1023.0) + ROUNDED
    for i in range(size):
        bits[i] = bits[i] << 52
    for i in range(size):
        out[i] *= scale[i]


@inlined
def open_up(room):
    """From room.logit: the odds, 1 - lambda, and P_k(0) in room.nobody."""
    odds, without, nobody = room.all_odds, room.all_without, room.nobody
    exponentials(room.logits, 0, room.logits.size, odds, room)
    for i in range(odds.size):
        without[i] = 1.0 / (1.0 + odds[i])
    for i in range(nobody.size):
        nobody[i] = without[i]
    for j in range(1, room.without.shape[0]):
        for i in range(nobody.size):
            nobody[i] *= room.without[j, i]


@inlined
def spread(tree, room):
    """From odds, room.nobody and room.weight: pi_k P_k of every node, and F in room.total."""
    chains = len(room.lanes)
    nodes, odds, total = room.nodes, room.odds, room.total
    wide = room.weight.size
    for i in range(wide):
        nodes[0, i] = room.weight[i] * room.nobody[i]
    for t in range(1, tree.parent.size):
        p, j = tree.parent[t], tree.last[t]
        for b in range(0, wide, BLOCK * chains):
            for i in range(b, b + BLOCK * chains):
                nodes[t, i] = nodes[p, i] * odds[j, i]
    for t in range(tree.parent.size):
        for c in range(chains):
            total[t, c] = (nodes[t, c] + nodes[t, chains + c]) + (
                nodes[t, 2 * chains + c] + nodes[t, 3 * chains + c]
            )
        for b in range(BLOCK * chains, wide, BLOCK * chains):
            for c in range(b, b + chains):
                total[t, c - b] += (nodes[t, c] + nodes[t, chains + c]) + (
                    nodes[t, 2 * chains + c] + nodes[t, 3 * chains + c]
                )


@compiled
def log_likelihood(tree, room, lane):
    """log L of what `spread` left in the room; -inf where arithmetic ends."""
    unseen = room.total[0, lane]
    if not unseen < 1.0:
        return -np.inf
    value = -tree.people * np.log1p(-unseen)
    for t in range(1, tree.parent.size):
        if tree.count[t] > 0.0:
            value += tree.count[t] * np.log(room.total[t, lane])
    return value


@inlined
def _share_out(tree, room):
    """Turn pi_k P_k of each node into its people by class: those counted, and at node 0 the unseen."""
    chains = len(room.lanes)
    nodes, share, at = room.nodes, room.hyper, 7 * len(room.lanes)
    for t in range(tree.parent.size):
        people = tree.people if t == 0 else tree.count[t]
        for c in range(chains):
            among = room.total[t, c]
            share[at + c] = people / ((1.0 - among) if t == 0 else among)
        for b in range(0, room.weight.size, BLOCK * chains):
            for c in range(chains):
                nodes[t, b + c] *= share[at + c]
                nodes[t, b + chains + c] *= share[at + c]
                nodes[t, b + 2 * chains + c] *= share[at + c]
                nodes[t, b + 3 * chains + c] *= share[at + c]


@inlined
def gather(tree, room):
    """From what `spread` left: C_k in room.expected and X_jk in room.present; spends room.nodes."""
    nodes, present = room.nodes, room.present
    wide, block = room.weight.size, BLOCK * len(room.lanes)
    _share_out(tree, room)
    for j in range(tree.lists):
        for i in range(wide):
            present[j, i] = 0.0
    for t in range(tree.parent.size - 1, 0, -1):
        p, j = tree.parent[t], tree.last[t]
        for b in range(0, wide, block):
            for i in range(b, b + block):
                nodes[p, i] += nodes[t, i]
            for i in range(b, b + block):
                present[j, i] += nodes[t, i]
    for i in range(wide):
        room.expected[i] = nodes[0, i]


@compiled
def unseen_draw(rng, odds, people):
    """The number of unseen given F0 / (1 - F0): negative binomial as a gamma mixture of Poissons."""
    return rng.poisson(odds * rng.standard_gamma(float(people)))
