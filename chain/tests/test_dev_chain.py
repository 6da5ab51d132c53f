"""What `CHAIN=dev make run` needs, and how it is missed."""

import json
import shutil
import socket

import pytest
from django.core.management import CommandError, call_command

from chain import anvil
from chain.management.commands import dev_chain as command
from kmarket import dev_chain


@pytest.fixture
def as_dev(settings, tmp_path, monkeypatch):
    settings.CHAIN, settings.DATA_DIR = "dev", tmp_path
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        settings.CHAIN_DEV_PORT = probe.getsockname()[1]
    return settings


def test_without_node_it_says_how_to_get_it(as_dev, monkeypatch, tmp_path):
    shutil.copy(anvil.CONTRACTS / "package-lock.json", tmp_path)
    monkeypatch.setattr(anvil, "CONTRACTS", tmp_path)
    monkeypatch.setattr(shutil, "which", lambda name: None)

    with pytest.raises(
        CommandError, match=r"comes by npm, .* install Node\.js .*https://nodejs\.org"
    ):
        call_command("dev_chain", "install")


def test_it_is_for_development_only(settings):
    settings.CHAIN = ""
    with pytest.raises(CommandError, match="set CHAIN=dev"):
        call_command("dev_chain", "trade")


@pytest.fixture
def became(monkeypatch, as_dev):
    """The command line that the process would have become."""
    lines = []
    monkeypatch.setattr(command.os, "execv", lambda program, argv: lines.append(argv))
    monkeypatch.setattr(anvil, "program", lambda: "anvil")
    return lines


def test_the_node_keeps_its_chain_in_the_data_folder(became, as_dev):
    call_command("dev_chain", "node")

    (argv,) = became
    state = dev_chain.folder(as_dev.DATA_DIR) / "state.json"
    assert argv[argv.index("--state") + 1] == str(state)
    assert argv[argv.index("--port") + 1] == str(as_dev.CHAIN_DEV_PORT)
    assert argv[argv.index("--chain-id") + 1] == "31337"


@pytest.mark.parametrize(("text", "is_kept"), [('{"blocks": []', False), ('{"blocks": []}', True)])
def test_a_chain_that_was_half_saved_is_put_aside(became, as_dev, text, is_kept):
    folder = dev_chain.folder(as_dev.DATA_DIR)
    folder.mkdir()
    (folder / "state.json").write_text(text)

    call_command("dev_chain", "node")

    assert (folder / "state.json").exists() == is_kept
    assert (folder / "state.broken.json").exists() != is_kept
    assert became


def test_what_is_deployed_is_remembered_whole_or_not_at_all(tmp_path):
    assert dev_chain.deployed(tmp_path) is None
    dev_chain.folder(tmp_path).mkdir()
    deployment = dev_chain.Deployment("0x" + "c0" * 20, "0x" + "70" * 20, 2, "0x" + "07" * 32)
    dev_chain.remember(tmp_path, deployment)
    assert dev_chain.deployed(tmp_path) == deployment

    path = dev_chain.folder(tmp_path) / "deployed.json"
    for broken in ("", "[]", "{", json.dumps({"contract": "0x"})):
        path.write_text(broken)
        assert dev_chain.deployed(tmp_path) is None
