"""Paths under /api/v1/."""

from django.urls import path

from accounts.api import views

urlpatterns = [
    path("auth/nonce", views.Nonce.as_view()),
    path("auth/verify-sig", views.VerifySignature.as_view()),
    path("auth/me", views.Me.as_view()),
    path("auth/logout", views.Logout.as_view()),
    path("auth/logout-all", views.LogoutAll.as_view()),
    path("session", views.GuestSession.as_view()),
    path("session/me", views.SessionMe.as_view()),
    path("ws/token", views.SocketToken.as_view()),
]
