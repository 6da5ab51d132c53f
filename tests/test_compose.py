"""docker-compose.yml, the image and nginx's configuration, held against the code that they run."""

import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import jsonschema_rs
import pytest
import yaml
from django.conf import settings
from django.core.management import get_commands
from django.urls import resolve

from e2e import composed

ROOT = settings.BASE_DIR
GIVEN = {"JWT_SECRET": "s" * 32, "POSTGRES_PASSWORD": "p"}
OURS = sorted(composed.ours())
IMAGES = {"nginx", "postgres", "valkey/valkey"}
WATCHERS = {"prom/prometheus", "grafana/grafana"}


def read(name):
    return (ROOT / name).read_text(encoding="utf-8")


def test_it_is_what_compose_reads():
    spec = importlib.util.find_spec("check_jsonschema")
    schema = Path(spec.origin).parent / "builtin_schemas/vendor/compose-spec.json"
    is_right = jsonschema_rs.validator_for(json.loads(schema.read_text(encoding="utf-8")))
    whole = yaml.safe_load(read("docker-compose.yml"))

    is_right.validate(whole)

    # It would notice.
    whole["services"]["web"]["helthcheck"] = {}
    assert not is_right.is_valid(whole)


def test_it_runs_every_process_of_production():
    assert set(OURS) == {"web", "clock", "chain", "migrate"}
    others = [service for service in composed.services().values() if "build" not in service]
    images = {service["image"].partition(":")[0]: service.get("profiles") for service in others}
    assert images == dict.fromkeys(IMAGES) | {name: ["watch"] for name in WATCHERS}
    assert composed.services()["web"]["deploy"]["replicas"] == 2
    # Without a chain its listener would only say that there is none.
    assert composed.services()["chain"]["profiles"] == ["chain"]


@pytest.mark.parametrize("name", OURS)
def test_each_command_exists(name):
    python, manage, command, *_ = composed.ours()[name]["command"]

    assert (python, manage) == ("python", "manage.py")
    assert command in get_commands()


@pytest.mark.parametrize("name", OURS)
def test_each_variable_is_a_setting(name):
    known = set(re.findall(r"^(\w+)=", read(".env.example"), re.M))

    assert set(composed.environment(name, **GIVEN)) <= known


@pytest.mark.parametrize("name", OURS)
def test_what_is_given_is_enough_for_production(name):
    show = "from kmarket import settings as s; print(s.PRODUCTION, s.DEMO, s.DATABASES['default'])"
    chosen = composed.environment(name, **GIVEN)
    done = subprocess.run(
        [sys.executable, "-c", show],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], **chosen},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )

    assert done.stdout.startswith("True False ")
    assert "'PASSWORD': 'p'" in done.stdout
    assert "'HOST': 'postgres'" in done.stdout


@pytest.mark.parametrize("missing", sorted(GIVEN))
def test_without_its_secrets_it_does_not_start(missing):
    with pytest.raises(AssertionError, match=f"{missing} is not set"):
        composed.environment("web", **{**GIVEN, missing: ""})


def test_nobody_starts_before_what_it_needs():
    for name in ("web", "clock", "chain"):
        needs = composed.ours()[name]["depends_on"]
        assert needs["migrate"]["condition"] == "service_completed_successfully"
        assert needs["postgres"]["condition"] == needs["valkey"]["condition"] == "service_healthy"
    assert composed.ours()["migrate"]["depends_on"]["postgres"]["condition"] == "service_healthy"
    assert composed.services()["nginx"]["depends_on"]["web"]["condition"] == "service_healthy"


def test_whoever_is_waited_for_is_asked_whether_it_is_well():
    services = composed.services()
    for name in ("postgres", "valkey", "web", "nginx"):
        assert services[name]["healthcheck"]["test"]
    # By itself the image asks what only a web process answers.
    assert all(services[name]["healthcheck"] == {"disable": True} for name in set(OURS) - {"web"})
    for name in ("web", "nginx"):
        asked = re.search(
            r"http://127\.0\.0\.1(?::\d+)?(/[\w/]*)", str(services[name]["healthcheck"])
        )
        assert resolve(asked[1])


def test_nginx_finds_the_web_processes_where_they_listen():
    (port,) = re.findall(r"BIND_PORT=(\d+)", read("Dockerfile"))
    # For what any of them may answer, and for what the same one must.
    assert re.findall(r"server (\S+) resolve", read("deploy/nginx.conf")) == [f"web:{port}"] * 2
    assert f"127.0.0.1:{port}/" in str(composed.ours()["web"]["healthcheck"])
    assert f"EXPOSE {port}\n" in read("Dockerfile")


def test_what_is_mounted_is_there():
    mounts = [
        mount
        for service in composed.services().values()
        for mount in service.get("volumes", [])
        if mount.startswith(".")
    ]
    assert mounts
    assert all((ROOT / mount.partition(":")[0]).exists() for mount in mounts)
    assert all(mount.endswith(":ro") for mount in mounts)


def test_the_image_holds_every_app_and_nothing_secret():
    let_in = set(re.findall(r"^!(.+)$", read(".dockerignore"), re.M))
    apps = {name for name in settings.INSTALLED_APPS if (ROOT / name).is_dir()}

    assert apps | {"manage.py", "requirements.lock"} <= let_in
    assert read(".dockerignore").splitlines().count("*") == 1
    assert all((ROOT / name).exists() for name in let_in)


@pytest.fixture(scope="module")
def image(tmp_path_factory):
    """What `COPY . .` leaves in the image: what .dockerignore lets in, and not out again."""
    folder = tmp_path_factory.mktemp("image") / "app"
    rules = read(".dockerignore").splitlines()
    never = shutil.ignore_patterns(*(rule[3:] for rule in rules if rule.startswith("**/")))
    for name in (rule[1:] for rule in rules if rule.startswith("!")):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, folder / name, ignore=never)
        else:
            shutil.copy(ROOT / name, folder / name)
    return folder


def test_what_is_copied_into_the_image_is_let_in(image):
    copied = re.findall(r"^COPY (.+) \S+$", read("Dockerfile"), re.M)
    assert copied == ["requirements.lock", "."]
    assert all((image / name).exists() for name in copied)


def test_the_image_holds_all_that_its_processes_read(image):
    """Every module that the sites and the commands import, and Django's own checks of them."""
    look = (
        "import django; django.setup()\n"
        "import kmarket.asgi, kmarket.urls\n"
        "from django.core.management import call_command, get_commands, load_command_class\n"
        "for name, app in get_commands().items():\n"
        "    if not app.startswith('django.'): load_command_class(app, name)\n"
        "call_command('check', '--deploy', '--fail-level=ERROR')\n"
        "print(django.conf.settings.BASE_DIR)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", look],
        cwd=image,
        env={
            "PATH": os.environ["PATH"],
            "DJANGO_SETTINGS_MODULE": "kmarket.settings",
            **composed.environment("web", **GIVEN),
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (done.returncode, done.stdout.strip()) == (0, str(image)), done.stderr


def test_the_image_installs_what_production_needs_as_nobody_special():
    dockerfile = read("Dockerfile")

    assert re.search(r"^RUN pip install .*-r requirements\.lock$", dockerfile, re.M)
    assert "requirements-dev" not in dockerfile
    made = re.findall(r"useradd --system --uid (\d+) kmarket$", dockerfile, re.M)
    assert re.findall(r"^USER (\w+)$", dockerfile, re.M) == made != []
    assert re.findall(r"^FROM (\S+)", dockerfile, re.M) == ["python:3.11-slim"]


def test_the_image_asks_the_web_process_whether_it_is_well(live_server):
    """The words of its HEALTHCHECK, run."""
    (line,) = re.findall(r"^HEALTHCHECK .*\n    CMD (\[.*\])$", read("Dockerfile"), re.M)
    python, *words = json.loads(line)
    asked = [word.replace("http://127.0.0.1:8080", live_server.url) for word in words]
    assert asked != words

    def code():
        return subprocess.run(
            [sys.executable, *asked], capture_output=True, check=False, timeout=60
        ).returncode

    assert (python, code()) == ("python", 0)
