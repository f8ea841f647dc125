"""Routes of signing in."""

from __future__ import annotations

from django.urls import path

from amparo.desk.signin import recovery, views

urlpatterns = [
    path("signin", views.sign_in, name="signin"),
    path("signin/key/options", views.key_options, name="signin-key-options"),
    path("signin/key", views.sign_in_with_key, name="signin-key"),
    path("factor", views.factor, name="factor"),
    path("factor/key/options", views.factor_key_options, name="factor-key-options"),
    path("factor/key", views.factor_key, name="factor-key"),
    path("recover", recovery.recover, name="recover"),
    path("signout", views.sign_out, name="signout"),
    path("lock", views.lock, name="lock"),
    path("language", views.language, name="language"),
]
