"""deploy/postgres/provision.sh: a database and a role per service, and none reads another's."""
import os
import pathlib
import subprocess

import pytest

from postgres import BIN, Postgres
from services import NAMES

SCRIPT = pathlib.Path(__file__).parents[2] / "deploy" / "postgres" / "provision.sh"
SERVICES = list(NAMES)


@pytest.fixture(scope="module")
def server():
    server = Postgres()
    # Roles of services need their password; only the administrator is trusted.
    (server.root / "data" / "pg_hba.conf").write_text("host all postgres 127.0.0.1/32 trust\nhost all all 127.0.0.1/32 scram-sha-256\n")
    with server:
        yield server


def provision(server, folder, *services):
    environment = {**os.environ, "PATH": f"{BIN}:{os.environ['PATH']}", "PGHOST": "127.0.0.1", "PGPORT": str(server.port), "PGUSER": "postgres"}
    return subprocess.run([SCRIPT, folder, *services], env=environment, capture_output=True, text=True, check=False)


def query(server, service, database, password):
    """What `SELECT current_user` in the database answers to the service's role, or why not."""
    environment = {**os.environ, "PGPASSWORD": password}
    result = subprocess.run([BIN / "psql", "-XAtqc", "SELECT current_user", server.url(f"molva_{database}", f"molva_{service}")],
                            env=environment, capture_output=True, text=True, check=False)
    return result.stdout.strip() or result.stderr


def test_each_service_reaches_its_own_database_and_no_other(server, tmp_path):
    result = provision(server, tmp_path / "passwords")
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")
    for service in SERVICES:
        file = tmp_path / "passwords" / service
        assert file.stat().st_mode & 0o777 == 0o600
        for database in SERVICES:
            answer = query(server, service, database, file.read_text())
            assert answer == f"molva_{service}" if service == database else "permission denied for database" in answer
        assert "password authentication failed" in query(server, service, service, "wrong")
        assert file.read_text() not in (server.root / "log").read_text()


def test_run_again_it_keeps_what_is_there(server, tmp_path):
    assert provision(server, tmp_path, "auth").returncode == 0
    password = (tmp_path / "auth").read_text()
    server.sql("CREATE TABLE kept (x int)", "molva_auth")
    result = provision(server, tmp_path, "auth")
    assert (result.returncode, result.stderr) == (0, "")
    assert (tmp_path / "auth").read_text() == password
    assert server.sql("SELECT count(*) FROM kept", "molva_auth") == "0"
    assert query(server, "auth", "auth", password) == "molva_auth"


def test_what_could_break_out_of_the_script_is_refused(server, tmp_path):
    assert provision(server, tmp_path, "auth; DROP").returncode == 2
    (tmp_path / "group").write_text("a'; DROP ROLE postgres; --")
    result = provision(server, tmp_path, "group")
    assert result.returncode == 1 and "letters, digits" in result.stderr
