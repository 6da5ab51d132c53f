from django.apps import AppConfig
from django.contrib.admin import apps as admin_apps


class ConsoleConfig(AppConfig):
    name = "console"

    def ready(self) -> None:
        from console import checks, health, names
        from kmarket import clock

        names.translate()

        clock.register(health.beat, seconds=health.CLOCK_BEAT_SECONDS, name="say that it runs")
        clock.register(checks.start_due, seconds=checks.LOOK_SECONDS, name="check the house")


class ConsoleAdminConfig(admin_apps.AdminConfig):
    """Django's admin with the console as its site."""

    default = False
    default_site = "console.site.Console"
