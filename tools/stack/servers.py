"""The processes of ours, and the edge proxy before them."""
import glob
import os
import pathlib
import shutil

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


class Nginx(Member):
    """The edge: deploy/nginx/molva.conf as operators get it, with upstreams of this stack."""

    def __init__(self, folder: pathlib.Path, upstreams: dict[str, list[Molva]], port: int = 0):
        super().__init__("edge", folder)
        self.port = port or free_port()
        self.upstreams = upstreams

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def prepare(self) -> None:
        home = self.folder / "nginx"
        for name in ("body", "proxy", "fastcgi", "uwsgi", "scgi"):
            (home / name).mkdir(parents=True, exist_ok=True)
        shutil.copy(NGINX / "routes.conf", home)
        site = (NGINX / "molva.conf").read_text().replace("listen 127.0.0.1:8080;", f"listen 127.0.0.1:{self.port};")
        (home / "molva.conf").write_text(site)
        groups = []
        for service, members in self.upstreams.items():
            addresses = [f"127.0.0.1:{member.port}" for member in members]
            lines = [f"    server {address} max_fails=2 fail_timeout=5s;\n" for address in addresses]
            if len(addresses) > 1:  # why: upstreams.conf.example
                lines += [f"    server {address} max_fails=0 backup;\n" for address in addresses]
            groups.append(f"upstream molva_{service} {{\n{''.join(lines)}    keepalive 32;\n}}\n")
        (home / "upstreams.conf").write_text("".join(groups))
        owner = "user root;\n" if os.geteuid() == 0 else ""
        (home / "nginx.conf").write_text(
            f"daemon off;\n{owner}pid {home}/pid;\nworker_processes 1;\nworker_rlimit_nofile 8192;\nerror_log stderr warn;\n"
            "events { worker_connections 4000; }\n"
            f"http {{\n    client_body_temp_path {home}/body;\n    proxy_temp_path {home}/proxy;\n"
            f"    fastcgi_temp_path {home}/fastcgi;\n    uwsgi_temp_path {home}/uwsgi;\n    scgi_temp_path {home}/scgi;\n"
            f"    include upstreams.conf;\n    include routes.conf;\n    include molva.conf;\n}}\n")

    def command(self) -> list[str]:
        found = glob.glob("/usr/sbin/nginx") or ["nginx"]
        return [found[0], "-p", f"{self.folder}/nginx/", "-c", f"{self.folder}/nginx/nginx.conf", "-e", "stderr"]

    def is_ready(self) -> bool:
        return answers(f"{self.url}/healthz")
