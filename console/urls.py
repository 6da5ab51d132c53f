"""The console's own pages, under /admin/. Each is only for whoever is signed in as staff."""

from typing import TYPE_CHECKING

from django.urls import URLPattern, URLResolver, path

import kmarket.converters  # noqa: F401  (makes <id:…> known)
from console import create_page, home, import_page, live, proposals_page, settle_page

if TYPE_CHECKING:
    from console.site import Console


def of(site: "Console") -> list[URLPattern | URLResolver]:
    """Return the pages beside those of the models; a page's view goes through `site.admin_view`."""
    return [
        path("live-token/", site.admin_view(live.token), name="live-token"),
        path("live-stakes/", site.admin_view(live.stakes), name="live-stakes"),
        path("check/<str:kind>/", site.admin_view(home.check_now), name="check-now"),
        path(
            "console/settle/<id:market_id>/",
            site.admin_view(settle_page.settle),
            name="console_settle",
        ),
        path(
            "console/proposals/",
            site.admin_view(proposals_page.listed),
            name="console_proposals",
        ),
        path(
            "console/proposals/<id:proposal_id>/",
            site.admin_view(proposals_page.one),
            name="console_proposal",
        ),
        path("console/create/", site.admin_view(create_page.create), name="console_create"),
        path("console/import/", site.admin_view(import_page.upload), name="console_import"),
    ]
