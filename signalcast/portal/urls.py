"""Paths of the signed-in pages."""

from __future__ import annotations

from django.contrib.auth import views as auth
from django.urls import path

from signalcast.portal import unsubscribe, views

urlpatterns = [
    path("", views.home, name="home"),
    path("sign-in/", auth.LoginView.as_view(redirect_authenticated_user=True), name="login"),
    path("sign-out/", auth.LogoutView.as_view(), name="logout"),
    path("unsubscribe/<str:token>", unsubscribe.unsubscribe, name="unsubscribe"),
    path("hooks/bounces/<str:token>", unsubscribe.bounces, name="bounces"),
    path("app/signals/", views.signals, name="signals"),
    path("app/signals/<uuid:pk>/", views.signal, name="signal"),
    path("app/deliveries/", views.deliveries, name="deliveries"),
    path("app/deliveries/<int:pk>/cancel/", views.cancel_delivery, name="cancel_delivery"),
    path("app/review/", views.review, name="review"),
    path("app/review/decide/", views.decide, name="decide"),
]
