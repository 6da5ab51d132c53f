"""Hosts on one machine: network namespaces on a bridge, each with an address and a cable."""

import os
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from kmarket import testing

NETWORK = "10.203.77"
# Where the tests themselves are.
HERE = 254
END_SECONDS_MAX = 30.0


class Host:
    """One of them, known to the others by its address."""

    def __init__(self, network: "Network", number: int) -> None:
        self._network = network
        self.name = f"{network.name}-{number}"
        self.cable = f"kmc{network.key}-{number}"
        self.address = f"{NETWORK}.{number}"

    @contextmanager
    def running(
        self, command: Sequence[str], log: Path, **how: Any
    ) -> Iterator[subprocess.Popen[bytes]]:
        """Run a program on this host, its words in a file, until the block ends."""
        with log.open("ab") as words:
            # `ip` becomes the program: it is our child, and gets our signals.
            process = subprocess.Popen(
                [self._network.ip, "netns", "exec", self.name, *command],
                stdout=words,
                stderr=words,
                **how,
            )
        try:
            yield process
        finally:
            process.terminate()
            try:
                process.wait(END_SECONDS_MAX)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    @contextmanager
    def cut_off(self) -> Iterator[None]:
        """Pull the cable until the block ends."""
        self._network.do("netns", "exec", self._network.name, self._network.ip, *self._set("down"))
        try:
            yield
        finally:
            self._network.do(
                "netns", "exec", self._network.name, self._network.ip, *self._set("up")
            )

    def _set(self, state: str) -> list[str]:
        return ["link", "set", self.cable, state]


class Network:
    """A bridge in a namespace of its own; the machine's own network gets one cable to it."""

    def __init__(self) -> None:
        ip = testing.namespaces()
        assert ip is not None
        self.ip = ip
        self.key = f"{os.getpid() % 10_000}"
        self.name = f"kmarket-{self.key}-{time.monotonic_ns() % 1000}"

    def do(self, *words: str) -> None:
        """Have `ip` do it."""
        done = subprocess.run([self.ip, *words], capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"ip {' '.join(words)}: {done.stderr}"

    def inside(self, namespace: str, *words: str) -> None:
        """Have `ip` do it in a namespace."""
        self.do("-n", namespace, *words)


@contextmanager
def hosts(count: int) -> Iterator[list[Host]]:
    """Make a network with so many hosts; all of it is gone at the end."""
    network = Network()
    with ExitStack() as stack:
        network.do("netns", "add", network.name)
        stack.callback(network.do, "netns", "del", network.name)
        network.inside(network.name, "link", "add", "bridge", "type", "bridge")
        network.inside(network.name, "link", "set", "bridge", "up")
        made = [Host(network, number + 1) for number in range(count)]
        for host in made:
            network.do("netns", "add", host.name)
            stack.callback(network.do, "netns", "del", host.name)
            _plug_in(network, host.cable, host.address, host.name)
            network.inside(host.name, "link", "set", "lo", "up")
        # Ours goes with the other end of it.
        _plug_in(network, f"kmc{network.key}-h", f"{NETWORK}.{HERE}", "")
        yield made


def _plug_in(network: Network, cable: str, address: str, namespace: str) -> None:
    """Lay a cable from the bridge to a namespace; "" is the machine's own."""
    end = f"kme{cable.removeprefix('kmc')}"
    network.do("link", "add", cable, "type", "veth", "peer", "name", end)
    network.do("link", "set", cable, "netns", network.name)
    network.inside(network.name, "link", "set", cable, "master", "bridge", "up")
    where = ["-n", namespace] if namespace else []
    if namespace:
        network.do("link", "set", end, "netns", namespace)
    network.do(*where, "addr", "add", f"{address}/24", "dev", end)
    network.do(*where, "link", "set", end, "up")
