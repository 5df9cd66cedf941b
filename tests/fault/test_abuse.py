"""Each abuse of abuse.py for a second, without a bound on times: the server stays, within its memory, and serves the others.
`./dev abuse` takes a minute for each and looks at the times, too."""
import pytest

import abuse
from abuse_load import ABUSES

pytestmark = [pytest.mark.seconds(180),
              pytest.mark.target("embedded", why="the memory of one process is bounded; the edge is the same code on every driver")]


@pytest.fixture(name="prepared", scope="module")
def prepare(tmp_path_factory):
    """People and a log, made once; each abuse has a copy."""
    return abuse.prepare_now(tmp_path_factory.mktemp("abuse"), abuse.SMALL)


@pytest.mark.parametrize("name", ABUSES)
async def test_one_user_who_does_all_they_can_neither_ends_the_server_nor_shuts_others_out(prepared, tmp_path, record_property, name):
    verdict = await abuse.abuse(prepared, tmp_path, name, seconds=1, before_seconds=0.3)
    record_property("abuse", abuse.row(verdict))
    assert not verdict.misses(), abuse.row(verdict)
    assert verdict.how["after"] == prepared.ann, "who has done nothing is answered at once"
