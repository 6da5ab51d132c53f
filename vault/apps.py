from django.apps import AppConfig
from django.conf import settings

from kmarket import clock

# How often the vault is looked at, and vouchers that are over are looked for.
LOOK_SECONDS = 15


class VaultConfig(AppConfig):
    name = "vault"

    def ready(self) -> None:
        from betting import books as betting_books
        from chain import checks, handlers
        from chain.events import Family
        from vault import books, projection, reconciling

        betting_books.register(books.differences)
        handlers.register(projection, Family.VAULT)
        checks.register("vault", reconciling.rows, Family.VAULT)
        checks.register("solvency", reconciling.solvency, Family.VAULT)
        # Without a vault nothing that talks to nodes is imported.
        if settings.VAULT_CONTRACT:
            from vault import watching

            clock.register(watching.start_due, seconds=LOOK_SECONDS, name="look at the vault")
