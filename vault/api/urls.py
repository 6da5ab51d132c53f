"""Paths under /api/v1/."""

from django.urls import path

import kmarket.converters  # noqa: F401  (makes <id:…> known)
from vault.api import views

urlpatterns = [
    path("vault", views.VaultInfo.as_view()),
    path("vault/deposits", views.Deposits.as_view()),
    path("vault/withdrawals", views.Withdrawals.as_view()),
    path("vault/withdrawals/<id:withdrawal_id>", views.OneWithdrawal.as_view()),
    path("solvency", views.Solvency.as_view()),
]
