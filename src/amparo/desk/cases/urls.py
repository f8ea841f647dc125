"""Routes of cases."""

from __future__ import annotations

from django.urls import path

from amparo.desk.cases import calendar, changes, lending, partners, views

urlpatterns = [
    path("cases", views.board, name="cases"),
    path("cases/week", calendar.week, name="cases-week"),
    path("cases/calendar", calendar.exported, name="cases-calendar"),
    path("cases/hand-over", calendar.hand_over, name="cases-hand-over"),
    path("cases/lend", lending.lend, name="cases-lend"),
    path("cases/lend/end", lending.end, name="cases-lend-end"),
    path("case/<str:case>", views.case, name="case"),
    path("case/<str:case>/household", views.household, name="case-household"),
    path("case/<str:case>/member", changes.member, name="case-member"),
    path("case/<str:case>/track", changes.track, name="case-track"),
    path("case/<str:case>/step", changes.step, name="case-step"),
    path("case/<str:case>/take-back", changes.take_back, name="case-take-back"),
    path("case/<str:case>/facts", changes.facts, name="case-facts"),
    path("case/<str:case>/hearing", changes.hearing, name="case-hearing"),
    path("case/<str:case>/order", changes.order, name="case-order"),
    path("case/<str:case>/task", changes.task, name="case-task"),
    path("case/<str:case>/paper", changes.paper, name="case-paper"),
    path("case/<str:case>/note", changes.note, name="case-note"),
    path("case/<str:case>/representation", changes.representation, name="case-representation"),
    path("case/<str:case>/party", changes.party, name="case-party"),
    path("case/<str:case>/conflicts", changes.conflicts, name="case-conflicts"),
    path("partners", partners.partners, name="partners"),
    path("partners/keep", partners.keep, name="partners-keep"),
    path("partners/status", partners.status, name="partners-status"),
    path("clocks", partners.clocks, name="clocks"),
]
