"""The example of the program behind a server, and every address of it that can be opened."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing

from werkzeug.exceptions import NotFound

from tests.browser.server import Server
from web.demo import SCHOOL_TITLE

NOT_PAGES = ("static", "documents.download", "documents.blanks", "history.download_report", "history.export_table")
NOT_PAGES += (
    "map_export.download",
    "map_export.feed",
    "road_maps.file_source",
    "history.export_lines",
    "setup.show",
    "login.show",
    "pairs.results",
)

STATES = {"pair_id": "pair", "document_id": "document", "activity_id": "activity", "stage_id": "stage"}
"""Arguments whose pages differ by the state of what they show."""
TABLES = {
    "person_id": "person",
    "road_map_id": "road_map",
    "file_id": "document_file",
    "map_file_id": "map_file",
    "programme_id": "programme",
    "account_id": "account",
}
STEPS = {
    "pairs.step": ("start_work", "suspend", "change_members", "replace_mentor", "dissolve", "continue_next"),
    "pairs.rules": ("form", "start_work"),
    "pairs.choose": ("form", "hold_acquaintance", "start_work", "close"),
    "road_maps.item_step": ("complete", "carry_over", "set_schedule"),
    "road_maps.map_step": ("amend", "complete"),
    "road_maps.section_step": ("sum_up",),
}
MORE = (
    "/?all=1",
    "/road-map?show=all",
    "/road-map?show=overdue",
    "/road-map?q=нет+такого",
    "/pairs/list?q=нет+такого",
    "/pairs/list?stuck=1",
    "/pairs/list?step=hold_trial",
    "/pairs/steps/hold_trial/all",
    "/documents?q=91",
    "/documents/consents?kind=duty",
    "/documents/consents?missing=1",
    "/documents/prepare?kind=individual_plan",
    "/documents/prepare?kind=case",
    "/people?q=нет+такого",
    "/history?all=1",
    "/history?ground=1",
    "/search?q=белова",
    "/search?q=нет+такого",
    "/settings/rules?definition=pair",
    "/settings/calendar",
    "/road-map/adopt/kakhun_2025",
    "/road-map/adopt/kindergarten_333",
    "/road-map/adopt/school9_2020",
    "/road-map/files/{map_file}?item=1-1",
    "/road-map/files/{map_file}?add=1:1-1",
    "/road-map/files/{map_file}?about=1&wide=1",
    "/road-map/files/{map_file}?show=doubts",
    "/nowhere",
)
MAIN = (
    "/",
    "/road-map",
    "/pairs",
    "/pairs/list",
    "/meetings",
    "/documents",
    "/people",
    "/history",
    "/history/check",
    "/settings",
)


class Example:
    """What stands in the example, by ids."""

    def __init__(self, server: Server, title: str = SCHOOL_TITLE) -> None:
        self.server = server
        with closing(sqlite3.connect(server.path)) as connection:
            row = connection.execute("SELECT id FROM organisation WHERE short_title = ?", (title,)).fetchone()
            self.scope = str(row[0])
            self.accounts = dict(connection.execute("SELECT username, id FROM account"))
            self._ids = {name: self._first(connection, table) for name, table in TABLES.items()}
            self._states = {name: self._of_states(connection, kind) for name, kind in STATES.items()}
            self._meeting = connection.execute(
                "SELECT pair_id, id FROM meeting WHERE organisation_id = ? LIMIT 1", (self.scope,)
            ).fetchone()

    def _first(self, connection: sqlite3.Connection, table: str) -> list[str]:
        found = connection.execute(
            f"SELECT id FROM {table} WHERE organisation_id = ? ORDER BY id LIMIT 1", (self.scope,)
        )
        return [str(row[0]) for row in found]

    def _of_states(self, connection: sqlite3.Connection, kind: str) -> list[str]:
        """One of each state; the ids are ordered by time, so the last ones have the longest story."""
        found = connection.execute(
            "SELECT max(id) FROM process WHERE scope_id = ? AND subject_kind = ? GROUP BY definition_hash, state",
            (self.scope, kind),
        )
        return [str(row[0]) for row in found]

    def of_pages(self, name: str) -> list[str]:
        """Pages of pairs or papers, one of each state."""
        prefix = {"pair_id": "/pairs/", "document_id": "/documents/"}[name]
        return [prefix + one for one in self._states[name]]

    def page_in_state(self, kind: str, state: str) -> str:
        """The page of the newest pair, paper or item in a state."""
        prefix = {"pair": "/pairs/", "document": "/documents/", "activity": "/items/"}[kind]
        with closing(sqlite3.connect(self.server.path)) as connection:
            row = connection.execute(
                "SELECT max(id) FROM process WHERE scope_id = ? AND subject_kind = ? AND state = ?",
                (self.scope, kind, state),
            ).fetchone()
        return f"{prefix}{row[0]}"

    def named_addresses(self) -> dict[str, str]:
        """Every address under a short name for a file: «pairs-show-2»."""
        urls = self.server.app.url_map.bind("localhost")
        found: dict[str, str] = {}
        for address, _is_new in self.addresses():
            try:
                endpoint = urls.match(address.partition("?")[0])[0]
            except NotFound:
                endpoint = "errors.404"
            name = endpoint.replace(".", "-")
            found[f"{name}-{sum(one.startswith(name) for one in found) + 1}"] = address
        return found

    def addresses(self) -> list[tuple[str, bool]]:
        """Every page of the admin with known ids: of pairs, papers and items one of each state. True: of its kind one of the
        first two, so that a second look at it is worth its time; pairs all differ.
        """
        known = {"map_file": self._value("map_file_id")}
        found: list[tuple[str, bool]] = [(address.format(**known), True) for address in MORE]
        for rule in self.server.app.url_map.iter_rules():
            if "GET" not in (rule.methods or ()) or rule.endpoint in NOT_PAGES:
                continue
            filled = dict.fromkeys(self._filled(rule.rule, rule.endpoint, sorted(rule.arguments)))
            found += [(one, i < 2 or rule.endpoint == "pairs.show") for i, one in enumerate(filled)]
        return found

    def _filled(self, text: str, endpoint: str, names: list[str]) -> Iterator[str]:
        if not names or (names == ["programme_id"] and "<" not in text):
            yield text
        elif text.endswith("/meetings/new"):
            yield text.replace("<pair_id>", self._states["pair_id"][0])
        elif "meeting_id" in names:
            yield text.replace("<pair_id>", self._meeting[0]).replace("<meeting_id>", self._meeting[1])
        elif endpoint in STEPS:
            for event in STEPS[endpoint]:
                name = next((one for one in names if one not in ("event", "event_name")), "")
                value = self._value(name, event)
                yield re_fill(text, {name: value, "event": event, "event_name": event})
        elif names == ["seq"]:
            yield from ("/history/5", "/history/100")
        elif names == ["key"]:
            yield from ("/settings/rules/stuck_days", "/settings/rules/pair/form/order_in_force")
        elif names == ["code"]:
            return
        elif len(names) == 1 and names[0] in STATES and endpoint.rpartition(".")[2] in ("show", "item", "section"):
            for value in self._states[names[0]]:
                yield re_fill(text, {names[0]: value})
        else:
            yield re_fill(text, {name: self._value(name) for name in names})

    def _value(self, name: str, event: str = "") -> str:
        if not name:
            return ""
        if name in STATES:
            states = self._states[name]
            return states[len(event) % len(states)]
        return (self._ids.get(name) or ["0" * 32])[0]


def re_fill(text: str, values: dict[str, str]) -> str:
    """A rule of an address with its arguments put in."""
    for name, value in values.items():
        for form in (f"<{name}>", f"<path:{name}>", f"<int:{name}>"):
            text = text.replace(form, value)
    return text
