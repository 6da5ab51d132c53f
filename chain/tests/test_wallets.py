"""Contract wallets on a real node: deployed and not yet, honest and not."""

import time
from datetime import UTC, datetime

import pytest
from django.test import Client
from eth_abi import encode
from eth_account import Account
from eth_account.messages import encode_defunct

from accounts import errors, services, wallet
from accounts.models import Session, User
from chain import anvil, asking, wallets
from chain.artifacts import artifact
from chain.calls import Interface
from chain.rpc import Node
from kmarket.errors import Unavailable

pytestmark = pytest.mark.needs("node")

JSON = "application/json"
SALT = b"\x01" * 32
MAGIC = "6492" * 16
HONEST, REVERTS, EATS_GAS, GARBAGE, SHORT, FLOODS = range(6)


class Street:
    """A node, a factory of wallets, and the key that owns them."""

    def __init__(self, node):
        self.node = node
        (self.sender, *_) = node.rpc("eth_accounts")
        self.key, self.other = Account.create(), Account.create()
        self.factory = self.deploy("TestWalletFactory")
        self.making = Interface(artifact("TestWalletFactory").abi)
        self.wallet = Interface(artifact("TestWallet").abi)

    def send(self, **transaction):
        sent = self.node.rpc("eth_sendTransaction", {"from": self.sender} | transaction)
        # A node answers as soon as it has the transaction, and mines it then.
        while (receipt := self.node.rpc("eth_getTransactionReceipt", sent)) is None:
            time.sleep(0.01)
        assert receipt["status"] == "0x1", receipt
        return receipt

    def deploy(self, name, *args):
        built = artifact(name)
        data = Interface(built.abi).deployment(built.bytecode, *args)
        return self.send(data=data)["contractAddress"].lower()

    def undeployed(self, owner, salt=SALT):
        """Return where the wallet will be, and the call that puts it there."""
        asked = {"to": self.factory, "data": self.making.call("addressOf", owner, salt)}
        told = self.node.rpc("eth_call", asked, "latest")
        return "0x" + told[-40:], self.making.call("make", owner, salt)


@pytest.fixture(scope="module")
def _street():
    anvil.install()
    with anvil.Anvil() as node:
        yield Street(node)


@pytest.fixture
def street(_street, settings, db):
    before = _street.node.rpc("evm_snapshot")
    settings.CHAIN_RPC_URLS = (_street.node.url,)
    settings.CHAIN_ID = anvil.CHAIN_ID
    settings.CHAIN_CONTRACT = _street.factory
    yield _street
    asking._own.nodes.clear()
    assert _street.node.rpc("evm_revert", before)


def signed(key, text):
    return key.sign_message(encode_defunct(text=text)).signature.to_0x_hex()


def wrapped(factory, call, signature):
    """Put a signature into the envelope of a wallet that is not deployed."""
    inner = bytes.fromhex(signature[2:])
    parts = encode(["address", "bytes", "bytes"], [factory, bytes.fromhex(call[2:]), inner])
    return "0x" + parts.hex() + MAGIC


def sign_in(address, sign, now=None):
    message = wallet.login_message(services.issue_nonce(address=address))
    return services.sign_in(
        address=address, message=message, signature=sign(message), now=now or datetime.now(tz=UTC)
    )


def refused(address, sign):
    with pytest.raises((errors.BadSignature, errors.MalformedSignature)) as refusal:
        sign_in(address, sign)
    return type(refusal.value)


def test_a_deployed_wallet_signs_in_by_its_owner(street):
    address = street.deploy("TestWallet", street.key.address)
    issued = sign_in(address, lambda text: signed(street.key, text))
    assert issued.session.user.address == address

    assert refused(address, lambda text: signed(street.other, text)) is errors.BadSignature
    assert refused(address, lambda text: signed(street.key, text + " ")) is errors.BadSignature
    for junk in ("0x", "0x00", "0x" + "00" * 65, "0x" + "ff" * 200, "0x" + "00" * 64 + MAGIC):
        refused(address, lambda _, junk=junk: junk)
    # The owner's own address is the owner's; the wallet does not answer for it.
    assert sign_in(street.key.address.lower(), lambda text: signed(street.key, text))
    assert User.objects.count() == 2


def test_over_http_with_an_eip_4361_message(street, settings):
    address = street.deploy("TestWallet", street.key.address)
    shown = wallet.checksum(address)
    nonce = Client().get("/api/v1/auth/nonce", {"address": address}).json()["nonce"]
    domain = settings.SIWE_DOMAINS[0]
    message = (
        f"{domain} wants you to sign in with your Ethereum account:\n{shown}\n\n\n"
        f"URI: http://{domain}/\nVersion: 1\nChain ID: {anvil.CHAIN_ID}\n"
        f"Nonce: {nonce.replace('-', '')}\nIssued At: {datetime.now(tz=UTC).isoformat()}"
    )
    body = {"address": shown, "message": message, "signature": signed(street.key, message)}
    answer = Client().post("/api/v1/auth/verify-sig", body, content_type=JSON)
    assert answer.status_code == 200, answer.content
    assert answer.json()["user"]["address"] == shown


def test_a_wallet_that_is_not_deployed_yet_signs_in_and_stays_undeployed(street):
    address, call = street.undeployed(street.key.address)

    def sign(text, key=street.key, factory=street.factory, call=call):
        return wrapped(factory, call, signed(key, text))

    assert sign_in(address, sign).session.user.address == address
    assert street.node.rpc("eth_getCode", address, "latest") == "0x"
    # Without its envelope, by another key, by another factory or call, at another address: no.
    refused(address, lambda text: signed(street.key, text))
    refused(address, lambda text: sign(text, key=street.other))
    refused(address, lambda text: sign(text, factory=street.sender))
    refused(address, lambda text: sign(text, call="0x"))
    elsewhere, _ = street.undeployed(street.other.address)
    refused(elsewhere, sign)
    # Deployed meanwhile: the same envelope is as good, and so is the bare signature.
    street.send(to=street.factory, data=call)
    assert sign_in(address, sign)
    assert sign_in(address, lambda text: signed(street.key, text))


@pytest.mark.parametrize("manner", [REVERTS, EATS_GAS, GARBAGE, SHORT, FLOODS])
def test_whatever_a_wallet_does_when_it_is_asked_is_a_refusal(street, manner):
    address = street.deploy("TestWallet", street.key.address)
    street.send(to=address, data=street.wallet.call("behave", manner))
    assert refused(address, lambda text: signed(street.key, text)) is errors.BadSignature
    health = asking.own_nodes(wallets.PURPOSE)
    assert health.pick(datetime.now(tz=UTC)), "the node is not to blame"
    street.send(to=address, data=street.wallet.call("behave", HONEST))
    assert sign_in(address, lambda text: signed(street.key, text))


def test_a_former_owner_keeps_no_longer_than_the_session_lives(street):
    """And the new owner can end it at once."""
    node, was = street.node, street.key.address
    address = street.deploy("TestWallet", was)
    before = sign_in(address, lambda text: signed(street.key, text))
    node.rpc("anvil_setBalance", was, hex(10**18))
    node.rpc("anvil_impersonateAccount", was)
    handing = {"from": was, "to": address}
    street.send(**handing, data=street.wallet.call("hand", street.other.address))

    refused(address, lambda text: signed(street.key, text))
    after = sign_in(address, lambda text: signed(street.other, text))
    old = Client(headers={"authorization": f"Bearer {before.token}"})
    # Nothing that the old session may ask for outlives it.
    old.post("/api/v1/ws/token")
    ends = {session.expires_at for session in Session.objects.filter(parent=before.session)}
    assert ends, "a socket's token was made"
    assert max(ends) <= before.session.expires_at
    new = Client(headers={"authorization": f"Bearer {after.token}"})
    assert new.post("/api/v1/auth/logout-all").status_code == 204
    assert old.get("/api/v1/auth/me").status_code == 401


def test_without_a_chain_it_is_said_that_only_keys_sign_in(street, settings):
    address = street.deploy("TestWallet", street.key.address)
    settings.CHAIN_RPC_URLS = ()
    with pytest.raises(errors.MalformedSignature) as refusal:
        sign_in(address, lambda text: signed(street.key, text) + "00")
    assert "no chain to ask" in refusal.value.details["why"]
    assert refused(address, lambda text: signed(street.key, text)) is errors.BadSignature


def test_without_a_node_it_is_a_503_and_keys_sign_in_all_the_same(street, settings):
    address = street.deploy("TestWallet", street.key.address)
    settings.CHAIN_RPC_URLS = ("http://127.0.0.1:9",)
    with pytest.raises(Unavailable):
        sign_in(address, lambda text: signed(street.key, text))
    assert sign_in(street.key.address.lower(), lambda text: signed(street.key, text))


def test_only_so_many_ask_at_once(street, monkeypatch):
    address = street.deploy("TestWallet", street.key.address)
    for _ in range(wallets.AT_ONCE_MAX):
        assert wallets._turn.acquire(blocking=False)
    try:
        with pytest.raises(Unavailable):
            sign_in(address, lambda text: signed(street.key, text))
    finally:
        wallets._turn.release(wallets.AT_ONCE_MAX)
    assert sign_in(address, lambda text: signed(street.key, text))


def test_the_question_is_put_at_one_block_by_nobody_who_is_trusted(street, monkeypatch):
    asked = []
    call = Node.call

    def noted(node, method, params):
        asked.append((method, params))
        return call(node, method, params)

    monkeypatch.setattr(Node, "call", noted)
    address = street.deploy("TestWallet", street.key.address)
    sign_in(address, lambda text: signed(street.key, text))
    ((method, (question, at)),) = asked
    head = street.node.rpc("eth_getBlockByNumber", "latest", False)
    assert (method, at) == ("eth_call", {"blockHash": head["hash"], "requireCanonical": True})
    assert (int(question["gas"], 16), int(question["from"], 16) > 0) == (wallets.GAS, True)
    monkeypatch.setattr(Node, "call", lambda *_: "0x01")
    with pytest.raises(Unavailable):
        sign_in(address, lambda text: signed(street.key, text))
