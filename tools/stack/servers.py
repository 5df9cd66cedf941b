"""The processes of ours, and the edge proxy before them."""
import glob
import os
import pathlib

from .ports import free_port
from .process import Member, answers

ROOT = pathlib.Path(__file__).resolve().parents[2]
NGINX = ROOT / "deploy" / "nginx"


class Molva(Member):
    """One process that runs some services. `settings` are environment names."""

    def __init__(self, name: str, folder: pathlib.Path, binary: pathlib.Path, services: tuple[str, ...],
                 settings: dict[str, str], environment: dict[str, str], port: int = 0, grpc_port: int = 0):
        super().__init__(name, folder)
        self.binary, self.services = pathlib.Path(binary), services
        self.port, self.grpc_port = port or free_port(), grpc_port or free_port()
        self.settings = settings
        self._environment = environment

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def grpc_address(self) -> str:
        return f"127.0.0.1:{self.grpc_port}"

    def environment(self) -> dict[str, str]:
        return self._environment | self.settings | {
            "MOLVA_SERVICES": ",".join(self.services), "MOLVA_LISTEN": f"127.0.0.1:{self.port}",
            "MOLVA_GRPC_LISTEN": self.grpc_address}

    def command(self) -> list[str]:
        return [str(self.binary), "serve", "--data", str(self.folder / f"{self.name}.data")]

    def is_ready(self) -> bool:
        return answers(f"{self.url}/readyz")


class NginxProcess(Member):
    """An nginx of its own in `folder`/`name`. A subclass says what stands in its http {}."""

    def __init__(self, name: str, folder: pathlib.Path, port: int = 0):
        super().__init__(name, folder)
        self.home = self.folder / f"{name}.nginx"
        self.port = port or free_port()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def files(self) -> dict[str, str]:
        """What http {} includes, in order: name and text."""
        raise NotImplementedError

    def prepare(self) -> None:
        for name in ("body", "proxy", "fastcgi", "uwsgi", "scgi"):
            (self.home / name).mkdir(parents=True, exist_ok=True)
        files = self.files()
        for name, text in files.items():
            (self.home / name).write_text(text)
        owner = "user root;\n" if os.geteuid() == 0 else ""
        paths = "".join(f"    {kind}_temp_path {self.home}/{name};\n" for kind, name in (
            ("client_body", "body"), ("proxy", "proxy"), ("fastcgi", "fastcgi"), ("uwsgi", "uwsgi"), ("scgi", "scgi")))
        includes = "".join(f"    include {name};\n" for name in files)
        (self.home / "nginx.conf").write_text(
            f"daemon off;\n{owner}pid {self.home}/pid;\nworker_processes 1;\nworker_rlimit_nofile 8192;\n"
            f"error_log stderr warn;\nevents {{ worker_connections 4000; }}\nhttp {{\n{paths}{includes}}}\n")

    def command(self) -> list[str]:
        found = glob.glob("/usr/sbin/nginx") or ["nginx"]
        return [found[0], "-p", f"{self.home}/", "-c", f"{self.home}/nginx.conf", "-e", "stderr"]

    def is_ready(self) -> bool:
        return answers(f"{self.url}/healthz")


class Nginx(NginxProcess):
    """The edge: deploy/nginx/molva.conf as operators get it, with upstreams of this stack. `trusted_proxies`: addresses and
    networks of those that stand in front of it."""

    def __init__(self, folder: pathlib.Path, upstreams: dict[str, list[Molva]], port: int = 0,
                 trusted_proxies: tuple[str, ...] = ()):
        super().__init__("edge", folder, port)
        self.upstreams, self.trusted_proxies = upstreams, trusted_proxies

    def files(self) -> dict[str, str]:
        groups = []
        for service, members in self.upstreams.items():
            addresses = [f"127.0.0.1:{member.port}" for member in members]
            lines = [f"    server {address} max_fails=2 fail_timeout=5s;\n" for address in addresses]
            if len(addresses) > 1:  # why: upstreams.conf.example
                lines += [f"    server {address} max_fails=0 backup;\n" for address in addresses]
            groups.append(f"upstream molva_{service} {{\n{''.join(lines)}    keepalive 32;\n}}\n")
        site = (NGINX / "molva.conf").read_text().replace("listen 127.0.0.1:8080;", f"listen 127.0.0.1:{self.port};")
        return {"trusted_proxies.conf": "".join(f"set_real_ip_from {proxy};\n" for proxy in self.trusted_proxies),
                "upstreams.conf": "".join(groups), "routes.conf": (NGINX / "routes.conf").read_text(), "molva.conf": site}
