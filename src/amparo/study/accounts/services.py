"""The audit chain's only writer, and its verifier."""

from __future__ import annotations

from typing import TYPE_CHECKING

from amparo.study.accounts.models import AuditLine
from amparo.study.context import now
from amparo.vault import audit as chain

if TYPE_CHECKING:
    from amparo.study.context import Study


def audit(study: Study, act: str, **facts: int | str | bool | None) -> None:
    """Add the act to the chain; call it inside the transaction of the act. Facts hold no identity."""
    last = AuditLine.objects.order_by("-seq").first()
    seq, at = (last.seq + 1 if last else 1), now()
    line = chain.Line(seq, at.isoformat(), study.user.handle, act, facts)
    digest = chain.digest(last.digest if last else "", line)
    AuditLine.objects.create(seq=seq, at=at, actor=study.user, act=act, facts=facts, digest=digest)


def verify_chain() -> int:
    """Recompute the whole chain; gives its length. Raises `vault.audit_broken` at the first false line."""
    rows = AuditLine.objects.order_by("seq").select_related("actor")
    return chain.verify(
        (chain.Line(row.seq, row.at.isoformat(), row.actor.handle, row.act, row.facts), row.digest)
        for row in rows.iterator()
    )
