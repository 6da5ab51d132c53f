"""Django's PostgreSQL engine, for a pool whose server may be restarted, or away.

After a restart of the server each connection in the pool is dead, and each would cost one request
an error. A live idle connection has nothing to say, so that a readable socket means a dead one: a
look that asks nobody, where `CONN_HEALTH_CHECKS` would ask the server each time.
"""

import select
from typing import Any

from django.db.backends.postgresql import base
from psycopg_pool import PoolTimeout

from kmarket.postgres import patience


class DatabaseWrapper(base.DatabaseWrapper):
    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        """Return a connection that is alive, dropping dead ones from the pool.

        Raises:
            PoolTimeout: there is none, and none can be made.
        """
        pool = self.pool
        if pool is None:
            return super().get_new_connection(conn_params)
        # Only the primary is waited for: whether it is away is nobody else's to say.
        is_primary = pool.connection_class is patience.PatientConnection
        if is_primary:
            pool.timeout = patience.pool_seconds()
        try:
            connection = super().get_new_connection(conn_params)
            # At most the whole pool is dead; what is made in its place is new.
            for _ in range(pool.max_size):
                if not _is_dead(connection):
                    break
                connection.close()
                pool.putconn(connection)
                connection = super().get_new_connection(conn_params)
        except PoolTimeout:
            if is_primary:
                patience.away.begin()
            raise
        return connection


def _is_dead(connection: Any) -> bool:
    poll = select.poll()
    poll.register(connection.fileno(), select.POLLIN | select.POLLHUP | select.POLLERR)
    return bool(poll.poll(0))
