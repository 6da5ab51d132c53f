"""Dead connections in the pool cost nobody an error."""

import pytest
from django.db import connection


@pytest.mark.django_db(transaction=True)
def test_a_connection_that_died_in_the_pool_is_replaced():
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (pid,) = cursor.fetchone()
    connection.close()  # back into the pool

    # Somebody ends it from outside, as a restart of the server does.
    direct = connection.Database.connect(**connection.get_connection_params())
    with direct:
        direct.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        assert cursor.fetchone()[0] != pid
