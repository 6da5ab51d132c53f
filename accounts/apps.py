from django.apps import AppConfig
from django.contrib.auth.signals import user_logged_in, user_logged_out
from django.db.models.signals import post_migrate


class AccountsConfig(AppConfig):
    name = "accounts"

    def ready(self) -> None:
        from accounts import audit, operators, roles, services, tokens
        from kmarket import clock, moments

        post_migrate.connect(roles.make_groups, dispatch_uid="accounts.roles")
        user_logged_in.connect(operators.begin, dispatch_uid="accounts.operators.begin")
        user_logged_out.connect(operators.end, dispatch_uid="accounts.operators.end")
        clock.register(tokens.bury_again, seconds=1, name="bury copies of ended sessions")
        # Beside rows that have the database's time; this host's clock may be wrong.
        clock.register(lambda now: audit.seal(moments.present()), seconds=1, name="seal the audit")
        clock.register(lambda now: services.prune_sessions(), seconds=600, name="prune sessions")
