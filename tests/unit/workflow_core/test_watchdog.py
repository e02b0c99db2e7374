"""The watchdog: tells hanging from busy by the very tuple in the slot, and says when a call came back."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

from workflow_core import watchdog
from workflow_core.watchdog import STALE_AFTER, Watchdog, forget, hangs, slot, watched

NOW = datetime(2026, 11, 12, 9, 0, tzinfo=UTC)


def test_same_call_for_too_long_hangs_and_coming_back_is_told(tmp_path: Path) -> None:
    moments = iter(NOW + timedelta(seconds=number) for number in range(100))
    dog = Watchdog(tmp_path, lambda: next(moments), seconds=5)
    with watched("region", "1.2", "contribute_guards") as mine:
        for ticks in (0.0, 4.0, 8.0):
            mine.now = (None, "plugin", "region", f"1.2 hook {ticks}")  # busy: another call at each look
            dog.look(ticks)
        assert hangs(tmp_path) == []
        dog.look(13.0)
        (hang,) = hangs(tmp_path)
        assert (hang.plugin, hang.version, hang.what, hang.over) == ("region", "1.2", "hook 8.0", False)
        assert hang.lasts(datetime.fromisoformat(hang.seen_at))
        assert not hang.lasts(datetime.fromisoformat(hang.seen_at) + STALE_AFTER)
        dog.look(14.0)
        assert len(hangs(tmp_path)) == 1
    dog.look(15.0)

    (hang,) = hangs(tmp_path)
    assert hang.over
    assert not hang.lasts(NOW)

    forget(tmp_path, "region")
    with watched("region", "1.2", "contribute_facts"):
        dog.look(20.0)
        dog.look(30.0)
    assert [hang.what for hang in hangs(tmp_path)] == ["contribute_facts"]


def test_each_thread_has_a_slot_that_goes_with_it() -> None:
    mine, others = slot(), []
    thread = threading.Thread(target=lambda: others.append(id(slot())))
    thread.start()
    thread.join()

    assert slot() is mine
    assert others != [id(mine)]
    assert mine in watchdog._slots


def test_broken_health_file_is_no_news(tmp_path: Path) -> None:
    (tmp_path / "hangs-1.json").write_text('[{"plugin": "half')

    assert hangs(tmp_path) == []
