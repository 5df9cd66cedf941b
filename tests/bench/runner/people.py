"""Users and the conversations that all measurements share, made over the REST face of whatever runs."""
import concurrent.futures
import sys

from .server import Api

USERS = 1000
SENDERS = 64
LATENCY_MEMBERS = 100
FEW_MEMBERS = 20
REGISTERED_AT_ONCE = 8


class People:
    def __init__(self, port: int, *, count: int = USERS) -> None:
        print(f"registering {count} users", file=sys.stderr)
        self._api = Api(port)
        with concurrent.futures.ThreadPoolExecutor(REGISTERED_AT_ONCE) as pool:
            self.users = list(pool.map(self._register, range(count)))
        self.everyone = self._conversation("GROUP", self.users)
        self.hundred = self._conversation("GROUP", self.users[:LATENCY_MEMBERS])
        self.few = self._conversation("GROUP", self.users[:FEW_MEMBERS])
        self.pairs = [self._conversation("DIRECT", self.users[i : i + 2]) for i in range(0, SENDERS, 2)]

    def make_small_groups(self) -> None:
        """Two more for everybody, so that an idle socket has what a user's has."""
        for size in (10, 20):
            for i in range(0, USERS, size):
                self._conversation("GROUP", self.users[i : i + size])

    def _register(self, number: int) -> tuple[str, str]:
        body = {"username": f"bench{number}", "password": f"password {number}"}
        answer = self._api.post("/v1/auth/register", body)
        return answer["user"]["id"], answer["access_token"]

    def _conversation(self, kind: str, members: list[tuple[str, str]]) -> str:
        body = {"kind": kind, "member_ids": [user for user, _ in members[1:]]}
        if kind == "GROUP":
            body["title"] = f"{len(members)} people"
        return self._api.post("/v1/conversations", body, members[0][1])["conversation"]["id"]

    # ---- who is to connect, and where each writes: (access token, conversation) ----

    def all_in_one(self) -> list[tuple[str, str]]:
        return [(token, self.everyone) for _, token in self.users]

    def in_pairs(self) -> list[tuple[str, str]]:
        return [(self.users[i][1], self.pairs[i // 2]) for i in range(SENDERS)]
