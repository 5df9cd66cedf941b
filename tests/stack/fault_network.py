"""Networks that drop packets, in a network namespace of the test's own: nothing outside of it notices, nothing is left behind.

All members talk over the loopback of the namespace. A member is cut off by its ports, where others reach it, and by its
group id, which is how the kernel knows the connections that it has opened itself: a mark is set on them with their first
packet. While it is cut off, nftables drops every packet of those connections, in both directions, without an answer.
"""
import os
import subprocess
import sys

FIRST_GROUP = 42001
TABLE = "inet molva_faults"
INSIDE = "MOLVA_FAULTS_NAMESPACE"


def enter_namespace() -> None:
    """Starts this program again in a namespace of its own, unless it runs in one. Takes root; without, nothing happens."""
    if os.environ.get(INSIDE):
        subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
        return
    if os.geteuid() != 0:
        return
    os.environ[INSIDE] = "1"
    os.execvp("unshare", ["unshare", "--net", "--", sys.executable, *sys.argv])


def nft(rules: str) -> None:
    subprocess.run(["nft", "-f", "-"], input=rules, text=True, check=True)


class Network:
    """The members, each with a group id of its own; to be made before they start."""

    def __init__(self, members: list):
        self._ids = {member.name: FIRST_GROUP + number for number, member in enumerate(members)}
        rules = [f"add table {TABLE}",
                 f"add chain {TABLE} marks {{ type filter hook output priority -150; }}",
                 f"add chain {TABLE} cuts {{ type filter hook output priority 0; }}"]
        for member in members:
            group = self._ids[member.name]
            member.under = ["setpriv", f"--regid={group}", "--keep-groups", "--"]
            rules.append(f"add rule {TABLE} marks ct direction original meta skgid {group} ct mark set {group}")
        nft("\n".join(rules) + "\n")

    def cut(self, member) -> None:
        """From now on nobody hears this member, and it hears nobody."""
        ports = ",".join(str(getattr(member, name)) for name in ("port", "grpc_port") if hasattr(member, name))
        nft(f"add rule {TABLE} cuts ct mark {self._ids[member.name]} drop\n"
            f"add rule {TABLE} cuts tcp dport {{ {ports} }} drop\n"
            f"add rule {TABLE} cuts tcp sport {{ {ports} }} drop\n")

    def heal(self) -> None:
        nft(f"flush chain {TABLE} cuts\n")
