"""Routes of people and of one's own account."""

from __future__ import annotations

from django.urls import path

from amparo.desk.people import account, views

urlpatterns = [
    path("people", views.listing, name="people"),
    path("people/invite", views.invite, name="people-invite"),
    path("people/roles", views.roles, name="people-roles"),
    path("people/remove", views.remove, name="people-remove"),
    path("people/reset", views.reset, name="people-reset"),
    path("people/join", views.join, name="people-join"),
    path("people/leave", views.leave, name="people-leave"),
    path("account", account.account, name="account"),
    path("account/passphrase", account.passphrase, name="account-passphrase"),
    path("account/app", account.app, name="account-app"),
    path("account/key/options", account.key_options, name="account-key-options"),
    path("account/key", account.key, name="account-key"),
    path("account/factor/remove", account.remove_factor, name="account-factor-remove"),
    path("draft", account.draft, name="draft"),
]
