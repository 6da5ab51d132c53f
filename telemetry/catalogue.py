"""Every number that Prometheus is told, by name. docs/monitoring.md says what to make of them.

Apps count in their own words: they announce what happens, and keep numbers of their own. Here these
get their names, in `listeners` and `collectors` their values. No label has more than some dozen
values: no user, no market, no address.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from prometheus_client import Counter, Gauge, Histogram
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
)
from prometheus_client.metrics_core import Metric

from kmarket.distribution import Distribution
from kmarket.metrics import REGISTRY

JOB_SECONDS = (0.001, 0.01, 0.1, 1.0, 10.0, 60.0)


@dataclass(frozen=True, slots=True)
class Reading:
    """A number that is looked up when Prometheus asks, and kept nowhere here."""

    name: str
    says: str
    labels: tuple[str, ...] = ()

    def gauge(self, values: Mapping[tuple[str, ...], float]) -> Metric:
        """Return it as something that rises and falls; by the labels' values, () without any."""
        family = GaugeMetricFamily(self.name, self.says, labels=self.labels)
        for labels, value in values.items():
            family.add_metric(labels, value)
        return family

    def counter(self, values: Mapping[tuple[str, ...], float]) -> Metric:
        """Return it as something that only rises while the process lives."""
        family = CounterMetricFamily(self.name, self.says, labels=self.labels)
        for labels, value in values.items():
            family.add_metric(labels, value)
        return family

    def histogram(self, values: Mapping[tuple[str, ...], Distribution]) -> Metric:
        """Return it as a distribution."""
        family = HistogramMetricFamily(self.name, self.says, labels=self.labels)
        for labels, spread in values.items():
            family.add_metric(labels, list(spread.below().items()), sum_value=spread.total)
        return family


# --- Every process -----------------------------------------------------------------------------
PROCESS = Gauge(
    "kmarket_process_info", "What this process is.", ["process", "version"], registry=REGISTRY
)
POOL_CONNECTIONS = Reading(
    "kmarket_database_pool_connections", "Connections to PostgreSQL that the pool has.", ("state",)
)
POOL_WAITING = Reading(
    "kmarket_database_pool_waiting", "Who waits for a connection of the pool now."
)
POOL_WAIT_SECONDS = Reading(
    "kmarket_database_pool_wait_seconds_total", "Time spent waiting for a connection of the pool."
)
REPLICA_READS = Reading(
    "kmarket_replica_reads_total",
    "Reads that a replica may answer, by who did: it, or the primary in its place.",
    ("database",),
)

# --- HTTP --------------------------------------------------------------------------------------
REQUESTS = Reading("kmarket_requests_total", "Answered.", ("method", "route", "status"))
REQUEST_DURATION = Reading(
    "kmarket_request_duration_seconds",
    "From a request's arrival to its whole answer.",
    ("route",),
)

# --- Sockets -----------------------------------------------------------------------------------
SOCKETS = Reading("kmarket_sockets", "Clients that are connected.", ("protocol",))
TOPICS = Reading("kmarket_socket_topics", "Markets that somebody listens to, or did just now.")
SENT = Reading("kmarket_socket_messages_total", "Messages handed to clients.")
HEALED = Reading("kmarket_seq_healed_total", "Gaps in seq that were filled from the database.")
DROPPED = Reading(
    "kmarket_queue_dropped_total",
    "Updates that a newer one replaced before a client had them: it is slow, or asked for a rate.",
    ("why",),
)
SLOW_CLOSES = Reading("kmarket_socket_slow_closes_total", "Clients sent away with 4408.")
FANOUT_DELAY = Reading(
    "kmarket_fanout_delay_seconds", "From an update's storing until all clients here have it."
)
FEED_UP = Reading("kmarket_feed_up", "1 while this process hears updates at once, by Redis.")

# --- The book ----------------------------------------------------------------------------------
BETS = Counter("kmarket_bets_total", "Bets taken.", registry=REGISTRY)
STAKED = Counter("kmarket_bets_staked_tokens_total", "Stakes of bets taken.", registry=REGISTRY)
PRICES = Counter(
    "kmarket_price_changes_total", "Changes of odds or status.", ["source"], registry=REGISTRY
)
SETTLEMENTS = Counter(
    "kmarket_settlements_total", "Decisions about a market's orders.", ["kind"], registry=REGISTRY
)
SETTLED_ORDERS = Counter(
    "kmarket_settled_orders_total", "Orders that these were about.", registry=REGISTRY
)
PAID_OUT = Counter(
    "kmarket_settlements_paid_tokens_total", "What these made payable.", registry=REGISTRY
)
MARKETS = Reading("kmarket_markets", "Markets.", ("status",))
AWAITING_RESULT = Reading(
    "kmarket_market_awaiting_result_seconds",
    "Since the start of the closed book that has waited longest for its result; 0: none waits.",
)
CHECK_FAULTS = Reading(
    "kmarket_check_faults", "What the last check found; -1: it could not be finished.", ("check",)
)
CHECK_TIME = Reading("kmarket_check_timestamp_seconds", "When it ended.", ("check",))

# --- The clock ---------------------------------------------------------------------------------
JOB_DURATION = Histogram(
    "kmarket_clock_job_duration_seconds",
    "How long the clock's jobs take.",
    ["task"],
    buckets=JOB_SECONDS,
    registry=REGISTRY,
)
JOB_FAILURES = Counter(
    "kmarket_clock_job_failures_total", "Jobs that broke.", ["task"], registry=REGISTRY
)
JOB_TIME = Gauge(
    "kmarket_clock_job_timestamp_seconds", "When a job was last done.", ["task"], registry=REGISTRY
)

# --- What the house stands on ------------------------------------------------------------------
DATABASE_UP = Reading("kmarket_database_up", "1 while PostgreSQL answers.")
REDIS_UP = Reading("kmarket_redis_up", "1 while Redis answers.")

# --- The chain ---------------------------------------------------------------------------------
CHAIN_HEAD = Reading("kmarket_chain_head_block", "The node's newest block.", ("contract",))
CHAIN_INDEXED = Reading("kmarket_chain_indexed_block", "Read up to this block.", ("contract",))
CHAIN_FINAL = Reading("kmarket_chain_finalized_block", "Final up to this block.", ("contract",))
CHAIN_HALTED = Reading("kmarket_chain_halted", "1: going on would be wrong.", ("contract",))
CHAIN_PROGRESS = Reading(
    "kmarket_chain_progress_timestamp_seconds", "When a block was last read.", ("contract",)
)
CHAIN_REORGANISATIONS = Reading(
    "kmarket_chain_reorganisations", "Reorganisations, since the first block.", ("contract",)
)
CHAIN_REORGANISATION_DEPTH = Reading(
    "kmarket_chain_reorganisation_depth_blocks", "The deepest of them.", ("contract",)
)
CHAIN_QUARANTINE = Reading(
    "kmarket_chain_quarantined_logs", "Logs that cannot be read.", ("contract",)
)
CHAIN_FINDINGS = Reading(
    "kmarket_chain_findings", "Open differences between chain and database.", ("contract",)
)
CHAIN_COMPARED = Reading(
    "kmarket_chain_compared_timestamp_seconds",
    "When the last comparison that could be finished ended.",
    ("contract",),
)
VAULT_HELD = Reading("kmarket_vault_held_tokens", "What the vault holds.")
VAULT_OWED = Reading("kmarket_vault_owed_tokens", "What people may ask it for.")
