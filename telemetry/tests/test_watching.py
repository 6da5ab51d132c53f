"""The dashboard, the alerts and their page: of what is told, all of it, and of nothing else."""

import json
import re

import pytest
import yaml
from django.conf import settings
from prometheus_client import Histogram
from prometheus_client.metrics import MetricWrapperBase

from kmarket import metrics
from telemetry import catalogue

ROOT = settings.BASE_DIR
# What Prometheus itself makes, and its library tells of every process.
OTHERS = {"up", "process_open_fds", "process_max_fds"}
OTHERS |= {"process_cpu_seconds_total", "process_resident_memory_bytes"}


def declared():
    """Return {name as Prometheus is told it: whether it is a distribution}."""
    found = {}
    for each in vars(catalogue).values():
        if isinstance(each, catalogue.Reading):
            found[each.name] = each in {catalogue.FANOUT_DELAY, catalogue.REQUEST_DURATION}
        elif isinstance(each, MetricWrapperBase):
            (family,) = each.describe()
            suffix = "_total" if family.type == "counter" else ""
            found[family.name + suffix] = isinstance(each, Histogram)
    return found


def names(expression):
    """Return the metrics of an expression of Prometheus'."""
    without_labels = re.sub(r"\{[^}]*\}|\[[^]]*\]|(?:by|without) \([^)]*\)", "", expression)
    words = re.findall(r"[a-z_:][a-z0-9_:]*(?! ?\()\b", without_labels)
    return {word for word in words if "_" in word or word == "up"} - {"histogram_quantile"}


def alerts():
    text = (ROOT / "deploy/prometheus/alerts.yml").read_text(encoding="utf-8")
    return [rule for group in yaml.safe_load(text)["groups"] for rule in group["rules"]]


def panels():
    text = (ROOT / "deploy/grafana/kmarket.json").read_text(encoding="utf-8")
    return [panel for panel in json.loads(text)["panels"] if panel["type"] != "row"]


def asked():
    """Return the metrics that the dashboard and the alerts ask for."""
    expressions = [rule["expr"] for rule in alerts()]
    expressions += [target["expr"] for panel in panels() for target in panel["targets"]]
    return set().union(*map(names, expressions))


def tell():
    return {
        name + end
        for name, is_distribution in declared().items()
        for end in (("_bucket", "_count", "_sum") if is_distribution else ("",))
    }


def test_what_is_asked_for_is_told():
    assert asked() - OTHERS <= tell()


def test_what_is_told_is_shown():
    shown = {re.sub("_(bucket|count|sum)$", "", name) for name in asked()}
    assert declared().keys() <= shown


def test_names_are_as_prometheus_wants_them():
    for name, is_distribution in declared().items():
        assert re.fullmatch(r"kmarket(_[a-z]+)+", name), name
        assert not is_distribution or name.endswith("_seconds")
    # What only rises ends so, and nothing else does.
    counters = {each.name for each in metrics.REGISTRY.collect() if each.type == "counter"}
    for name in declared():
        plain = name.removesuffix("_total")
        assert name.endswith("_total") or plain not in counters


@pytest.mark.parametrize("rule", alerts(), ids=lambda rule: rule["alert"])
def test_an_alert_says_what_is_wrong_and_how_urgent_that_is(rule):
    assert set(rule) <= {"alert", "expr", "for", "labels", "annotations"}
    assert rule["labels"]["severity"] in {"page", "ticket"}
    assert rule["annotations"]["summary"].endswith(".")
    # What it names is what its expression keeps.
    for label in re.findall(r"\$labels\.(\w+)", rule["annotations"]["summary"]):
        kept = re.findall(r"by \(([^)]*)\)", rule["expr"])
        assert not kept or any(label in each.replace(" ", "").split(",") for each in kept)


def test_a_panel_has_a_place_of_its_own():
    places = [tuple(panel["gridPos"].values()) for panel in panels()]
    assert len(set(places)) == len(places)
    assert len({panel["title"] for panel in panels()}) == len(places)


def test_the_page_explains_each_number_and_each_alert():
    page = (ROOT / "docs/monitoring.md").read_text(encoding="utf-8")
    explained = set(re.findall(r"`(kmarket_\w+)`", page))
    assert explained == set(declared())
    assert re.findall(r"^\| `([A-Z]\w+)` \|", page, re.M) == [rule["alert"] for rule in alerts()]


def test_prometheus_asks_on_the_port_that_compose_opens():
    text = (ROOT / "deploy/prometheus/prometheus.yml").read_text(encoding="utf-8")
    (job,) = yaml.safe_load(text)["scrape_configs"]
    composed = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
    (port,) = re.findall(r"METRICS_PORT: (\d+)", composed)
    (found,) = job["dns_sd_configs"]
    assert str(found["port"]) == port
    services = yaml.safe_load(composed)["services"]
    assert set(found["names"]) < set(services)
    assert job.get("metrics_path", "/metrics") == metrics.PATH
    # Alerts and panels choose by it.
    assert job["job_name"] == "kmarket"
