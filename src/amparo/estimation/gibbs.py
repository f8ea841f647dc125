"""A Gibbs sweep of the latent-class posterior: classes fill, empty and trade places.

Labels given the point, then places, rates, sticks and alpha from their full conditionals (Manrique-Vallier
2016, section 4; Ishwaran and James 2001). Sticks and rates stay on the logit scale, so that neither a small
alpha nor an empty class underflows.
"""

from __future__ import annotations

from math import lgamma

import numpy as np

from amparo.estimation.compiling import compiled
from amparo.estimation.posterior import log_gamma_draw


@compiled
def _deal(rng, people, joint, total, dealt):
    """Fill dealt[k] with a multinomial draw of `people` over the classes."""
    left = people
    for k in range(dealt.size):
        dealt[k] = 0
    for k in range(dealt.size - 1):
        if left == 0:
            return
        p = joint[k] / total if total > joint[k] else 1.0
        dealt[k] = rng.binomial(left, min(1.0, p))
        left -= dealt[k]
        total -= joint[k]
    dealt[dealt.size - 1] = left


@compiled
def log_law(members, alpha):
    """Log probability of the class labels given alpha, sticks summed out."""
    after = float(members.sum())
    total = (members.size - 1) * np.log(alpha)
    for k in range(members.size - 1):
        before, after = after, after - members[k]
        total += lgamma(1.0 + members[k]) + lgamma(alpha + after) - lgamma(1.0 + alpha + before)
    return total


@compiled
def _swap(members, present, k, other):
    """Exchange two classes in place."""
    members[k], members[other] = members[other], members[k]
    for j in range(present.shape[0]):
        present[j, k], present[j, other] = present[j, other], present[j, k]


@compiled
def _trade_places(rng, members, present, alpha, model):
    """Let classes swap their places in the stick order, sticks and rates summed out; returns alpha.

    Neighbours, from the last pair up: with a members in class k, b in class k + 1 and r in the classes after
    them the law of the labels changes by (alpha + b + r) / (alpha + a + r). Then any two, together with alpha
    drawn afresh from its prior: without it a chain whose great class comes last never leaves a large alpha.
    """
    classes = members.size
    after = members[classes - 1]
    for k in range(classes - 3, -1, -1):
        here, there = members[k], members[k + 1]
        if rng.random() * (alpha + here + after) < alpha + there + after:
            _swap(members, present, k, k + 1)
        after += members[k + 1]
    fresh = max(np.exp(log_gamma_draw(rng, model.a)) / model.b, 1e-300)
    k = int(rng.random() * classes)
    other = (k + 1 + int(rng.random() * (classes - 1))) % classes
    now = log_law(members, alpha)
    _swap(members, present, k, other)
    if np.log1p(-rng.random()) < log_law(members, fresh) - now:
        return fresh
    _swap(members, present, k, other)
    return alpha


@compiled
def sweep(rng, state, model, room, lane):
    """Replace one lane of the point in place, given the unseen; `room` holds what `spread` left of it."""
    point, unseen, chains = state.point, state.unseen[lane], len(room.lanes)
    tree, classes, lists = model.tree, model.classes, model.tree.lists
    size = tree.parent.size
    dealt = np.zeros((size, classes), np.int64)
    present = np.zeros((lists, classes), np.int64)
    for t in range(size):
        people = unseen if t == 0 else int(tree.count[t])
        if people > 0:
            _deal(rng, people, room.nodes[t, lane::chains], room.total[t, lane], dealt[t])
    for t in range(size - 1, 0, -1):
        p, j = tree.parent[t], tree.last[t]
        for k in range(classes):
            dealt[p, k] += dealt[t, k]
            present[j, k] += dealt[t, k]
    members = dealt[0]
    alpha = _trade_places(rng, members, present, np.exp(point[-1, lane]), model)
    log_left = 0.0
    after = members.sum()
    for k in range(classes - 1):
        after -= members[k]
        point[k, lane] = log_gamma_draw(rng, 1.0 + members[k]) - log_gamma_draw(rng, alpha + after)
        logit = point[k, lane]
        log_left += logit + np.log1p(np.exp(-logit)) if logit > 0.0 else np.log1p(np.exp(logit))
    for j in range(lists):
        for k in range(classes):
            on = log_gamma_draw(rng, model.c + present[j, k])
            off = log_gamma_draw(rng, model.d + members[k] - present[j, k])
            point[classes - 1 + j * classes + k, lane] = on - off
    # not zero: its logarithm is kept
    drawn = log_gamma_draw(rng, model.a + classes - 1.0) - np.log(model.b + log_left)
    point[-1, lane] = max(drawn, -690.0)
