"""kill -9 of any process at any moment loses nothing that was acknowledged, doubles nothing and reorders nothing."""
import pytest

import model_check

pytestmark = pytest.mark.target("stack", "drivers", "compose", why="tests/fault/test_kill9.py does the same to one process")

# In the CI run; MOLVA_MODEL_KILLS, MOLVA_MODEL_SECONDS and MOLVA_MODEL_SEED make it longer or the same again.
KILLS = 10


@pytest.mark.seconds(600)
async def test_kill9_of_any_process_loses_nothing(tmp_path, record_property):
    plan = model_check.Plan.from_environment(kills=KILLS)
    wrong, summary = await model_check.check(plan, tmp_path)
    record_property("model", summary)
    print(summary)
    assert not wrong, f"{summary}\n" + "\n".join(wrong[:30])
