"""Helper endpoints of the sockets, under /api/v1/."""

from django.urls import path

from oddsfeed import views

urlpatterns = [path("ws/health", views.SocketsHealth.as_view())]
