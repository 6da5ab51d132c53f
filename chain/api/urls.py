"""Paths under /api/v1/."""

from django.urls import path

from chain.api import views

urlpatterns = [path("chain/status", views.ChainStatus.as_view())]
