"""Routes of signing in."""

from __future__ import annotations

from django.urls import path

from amparo.desk.signin import views

urlpatterns = [
    path("signin", views.sign_in, name="signin"),
    path("signout", views.sign_out, name="signout"),
    path("lock", views.lock, name="lock"),
    path("language", views.language, name="language"),
]
