"""Routes of opening a file, safety, consent, referrals and the numbers of cases."""

from __future__ import annotations

from django.urls import path

from amparo.desk.protection import incoming, intake, numbers, referring, safety

urlpatterns = [
    path("cases/new", intake.new, name="intake"),
    path("cases/numbers", numbers.numbers, name="case-numbers"),
    path("case/<str:case>/risk", safety.risk, name="case-risk"),
    path("case/<str:case>/risk/proposal", safety.proposal, name="case-risk-proposal"),
    path("case/<str:case>/safety", safety.safety, name="case-safety"),
    path("case/<str:case>/safety/keep", safety.keep, name="case-safety-keep"),
    path("case/<str:case>/receipt", safety.receipt, name="case-receipt"),
    path("case/<str:case>/consents", referring.consents, name="case-consents"),
    path("case/<str:case>/refer", referring.refer, name="case-refer"),
    path("case/<str:case>/referrals", referring.referrals, name="case-referrals"),
    path("case/<str:case>/referrals/step", referring.step, name="case-referral-step"),
    path("case/<str:case>/referrals/send", referring.send, name="case-referral-send"),
    path("referrals", referring.waiting, name="referrals"),
    path("referrals/incoming", incoming.page, name="incoming"),
    path("referrals/incoming/key", incoming.key, name="incoming-key"),
    path("referrals/incoming/step", incoming.step, name="incoming-step"),
    path("referrals/incoming/answer", incoming.answer, name="incoming-answer"),
    path("referrals/answer", referring.answer, name="referral-answer"),
]
