import threading
import time

import pytest
from django.core.cache import cache, caches
from django.db import connection

from bookclub.core.cache import CacheUnavailable
from tests.redis_server import answering, run_redis
from tests.serving import free_port

REDIS = "bookclub.core.cache.redis.RedisCache"


@pytest.fixture
def use_redis(settings):
    def use(url):
        settings.CACHES = settings.CACHES | {"default": {"BACKEND": REDIS, "LOCATION": [url]}}

    return use


@pytest.fixture
def redis_server(use_redis):
    with run_redis() as server:
        use_redis(server.url)
        yield server


def call_all():
    """Call each method of the cache; return the names of those that did not raise CacheUnavailable."""
    calls = {
        "add": lambda: cache.add("key", 1),
        "get": lambda: cache.get("key"),
        "set": lambda: cache.set("key", 1),
        "touch": lambda: cache.touch("key"),
        "delete": lambda: cache.delete("key"),
        "has_key": lambda: cache.has_key("key"),
        "incr": lambda: cache.incr("key"),
        "get_or_set": lambda: cache.get_or_set("key", 1),
        "get_many": lambda: cache.get_many(["key"]),
        "set_many": lambda: cache.set_many({"key": 1}),
        "delete_many": lambda: cache.delete_many(["key"]),
        "clear": lambda: cache.clear(),
        "check_available": lambda: cache.check_available(),
    }
    passed = []
    for name, call in calls.items():
        try:
            call()
        except CacheUnavailable:
            continue
        passed.append(name)
    return passed


def wait_until_available():
    for _ in range(100):
        try:
            return cache.check_available()
        except CacheUnavailable:
            time.sleep(0.1)
    return cache.check_available()


def test_redis_stores_values(redis_server):
    cache.set("list", [1, "two"], 60)

    assert cache.get("list") == [1, "two"]
    assert cache.add("list", 0) is False
    cache.check_available()


def test_redis_that_refuses_connections_is_unavailable(use_redis):
    use_redis(f"redis://127.0.0.1:{free_port()}/0")

    assert call_all() == []


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"-LOADING Redis is loading the dataset in memory\r\n",
        b"-NOAUTH Authentication required.\r\n",
        b"-ERR max number of clients reached\r\n",
        b"-MASTERDOWN Link with MASTER is down\r\n",
        b"-CLUSTERDOWN The cluster is down\r\n",
        b"-MOVED 3999 127.0.0.1:6381\r\n",
        b"-MISCONF Redis is configured to save RDB snapshots\r\n",
        b"HTTP/1.1 400 Bad Request\r\n\r\n",
        b"\xff\xfe\x00",
        b"*99999999999\r\n",
    ],
)
def test_redis_that_answers_wrongly_is_unavailable(use_redis, answer):
    with answering(answer) as server:
        use_redis(server.url)

        assert call_all() == []


@pytest.mark.parametrize("answer", [b"", b"+O", b"$100\r\nabc"])
def test_redis_that_dies_in_the_middle_of_an_answer_is_unavailable(use_redis, answer):
    with answering(answer, is_closing=True) as server:
        use_redis(server.url)

        assert call_all() == []


def test_redis_that_never_answers_costs_one_call_a_second_and_no_other_waits(use_redis):
    with answering(b"") as server:
        use_redis(server.url)
        began = time.monotonic()
        threads = [threading.Thread(target=call_all) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        seconds = time.monotonic() - began

        # 104 calls; each would wait for half a second or more.
        assert seconds < 10
        assert len(server.connections) <= 8 + 2 * (seconds + 1)


def test_redis_is_used_again_by_itself_after_a_restart(redis_server):
    cache.set("before", 1)
    redis_server.kill()
    assert call_all() == []

    redis_server.start()
    wait_until_available()

    cache.set("after", 2)
    assert cache.get("after") == 2


def test_redis_that_was_restarted_between_two_calls_is_never_unavailable(redis_server):
    cache.set("before", 1)
    redis_server.kill()
    redis_server.start()

    assert cache.get("before") is None


def test_redis_that_freezes_is_unavailable_until_it_goes_on(redis_server):
    cache.set("before", 1)
    redis_server.freeze()
    assert call_all() == []

    redis_server.thaw()
    wait_until_available()

    assert cache.get("before") == 1


@pytest.mark.parametrize(
    ("fault", "repair"),
    [
        ("CONFIG SET maxmemory 1", "CONFIG SET maxmemory 0"),
        ("REPLICAOF 127.0.0.1 1", "REPLICAOF NO ONE"),
    ],
)
def test_redis_that_takes_no_values_is_unavailable_until_it_does(redis_server, fault, repair):
    assert redis_server.command(fault) == "+OK"
    with pytest.raises(CacheUnavailable):
        cache.check_available()

    assert redis_server.command(repair) == "+OK"
    wait_until_available()


def test_redis_that_asks_for_a_password_is_unavailable(redis_server, use_redis):
    assert redis_server.command("CONFIG SET requirepass secret-word") == "+OK"
    assert call_all() == []

    use_redis(redis_server.url.replace("localhost", ":secret-word@localhost"))

    cache.check_available()


def test_log_tells_once_that_redis_is_away_and_once_that_it_is_back(redis_server, caplog):
    redis_server.kill()
    for _ in range(3):
        call_all()
    redis_server.start()
    wait_until_available()
    cache.set("after", 1)

    lines = [record.message for record in caplog.records if record.name == "bookclub.core.cache.redis"]
    assert [line.partition(":")[0] for line in lines] == ["The cache can't be used", "The cache can be used again."]


@pytest.mark.both_databases
def test_missing_table_is_unavailable(db):
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE cache RENAME TO cache_elsewhere")
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")

    with pytest.raises(CacheUnavailable):
        cache.check_available()


@pytest.mark.both_databases
@pytest.mark.django_db(transaction=True)
def test_table_that_takes_no_rows_is_unavailable():
    cache.clear()
    assert cache.add("before", 1) is True
    with read_only():
        assert cache.add("before", 1) is False
        with pytest.raises(CacheUnavailable):
            cache.add("after", 1)

    assert cache.add("after", 1) is True


@pytest.mark.both_databases
def test_table_adds_a_value_once(db):
    cache.clear()

    assert [cache.add("key", 1), cache.add("key", 2)] == [True, False]
    assert cache.get("key") == 1


class read_only:
    """The database connection takes no changes inside this block."""

    def __init__(self):
        is_sqlite = connection.vendor == "sqlite"
        self.on = "PRAGMA query_only = ON" if is_sqlite else "SET default_transaction_read_only = on"
        self.off = "PRAGMA query_only = OFF" if is_sqlite else "SET default_transaction_read_only = off"

    def __enter__(self):
        with connection.cursor() as cursor:
            cursor.execute(self.on)

    def __exit__(self, *error):
        with connection.cursor() as cursor:
            cursor.execute(self.off)


def test_unsaved_data_stays_in_the_database_while_redis_is_away(use_redis, db):
    use_redis(f"redis://127.0.0.1:{free_port()}/0")

    caches["unsaved"].set("upload", [1, 2], 60)

    assert caches["unsaved"].get("upload") == [1, 2]
