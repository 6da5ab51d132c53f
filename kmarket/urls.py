"""Where every URL leads. Each app owns the paths under its name."""

from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path, re_path
from django.views.decorators.csrf import csrf_exempt
from django.views.generic import RedirectView

from kmarket import errors, health, live
from kmarket.schema import views as schema

api: list[URLPattern | URLResolver] = [
    path("healthz", health.Healthz.as_view()),
    path("readyz", health.Readyz.as_view()),
    path("config", health.Config.as_view()),
    path("schema", schema.ApiDocument.as_view()),
    path("schema/sockets", schema.SocketsDocument.as_view()),
    path("docs", schema.Docs.as_view()),
    path("", include("accounts.api.urls")),
    path("", include("markets.api.urls")),
    path("", include("betting.api.urls")),
    path("", include("chain.api.urls")),
    path("", include("trading.api.urls")),
    path("", include("vault.api.urls")),
    path("", include("oddsfeed.urls")),
]
urlpatterns = [
    *live.urls(),
    path("admin", RedirectView.as_view(url="/admin/")),
    path("admin/", admin.site.urls),
    path("api/v1/", include(api)),
    # With DEBUG on, Django would show its own page.
    re_path(r"^api/", csrf_exempt(errors.not_found)),
]
handler400 = errors.bad_request
handler403 = errors.permission_denied
handler404 = errors.not_found
handler500 = errors.server_error
