"""A clerk at the admin: opens a page, fills in the form that stands there, sends it. What the page does not offer can't be sent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import lxml.html
from flask.testing import FlaskClient

Value = str | Sequence[str]


@dataclass
class Page:
    """An opened page."""

    address: str
    html: str

    @property
    def text(self) -> str:
        """Words of the page as a reader types them."""
        words = lxml.html.fromstring(self.html).text_content()
        return " ".join(words.replace("\u00a0", " ").replace("\u2011", "-").split())

    def link(self, part: str) -> str:
        """The address of a link on the page that holds `part`."""
        found = [
            str(one.get("href")) for one in lxml.html.fromstring(self.html).iter("a") if part in str(one.get("href"))
        ]
        assert found, f"{self.address}: no link with «{part}»"
        return found[0]

    def options(self, field: str) -> list[str]:
        """What a field offers to choose from."""
        form = self.form(field)
        found = [str(one.get("value")) for node in form.iter("select") if node.get("name") == field for one in node]
        return [value for value in found if value]

    def form(self, field: str, value: str = "") -> Any:
        """The form that has a field (with that value, where several forms have one)."""
        for form in lxml.html.fromstring(self.html).forms:
            nodes = [node for node in form.iter("input", "select", "textarea", "button") if node.get("name") == field]
            if any(not value or node.tag != "input" or node.get("value") == value for node in nodes):
                return form
        raise AssertionError(f"{self.address}: no form with the field «{field}»: {self.text[:400]}")


class Clerk:
    """Somebody who is logged in."""

    def __init__(self, client: FlaskClient) -> None:
        self.client = client

    def open(self, address: str) -> Page:
        """Follow a link to where it leads."""
        assert address, "a remedy without an address"
        response = self.client.get(address, follow_redirects=True)
        assert response.status_code == 200, (address, response.status_code)
        return Page(response.request.path, response.text)

    def send(self, page: Page, field: str, *, refused: bool = False, **values: Value) -> Page:
        """Fill in and send the form of the page that has `field`; `refused`: it must come back."""
        one_of = values[field] if isinstance(values.get(field), str) and field in ("row", "person", "do") else ""
        form = page.form(field, str(one_of))
        data = {**_shown(form), **{name: _offered(page, form, name, value) for name, value in values.items()}}
        encoding = form.get("enctype") or "application/x-www-form-urlencoded"
        response = self.client.post(form.get("action") or page.address, data=data, content_type=encoding)
        sent = Page(page.address, response.text)
        done = response.status_code == 302 or (response.status_code == 200 and not refused)
        assert done is not refused, f"{page.address}: {response.status_code} {sent.text[:1500]}"
        if response.status_code != 302:
            return sent
        # What a browser shows next; the id of what was made stands in its address.
        return self.open(response.headers["Location"].split("#")[0])


def _shown(form: Any) -> dict[str, Any]:
    """What the form would send as it stands."""
    found: dict[str, Any] = {}
    for node in form.iter("input", "select", "textarea"):
        name, kind = node.get("name"), node.get("type") or ""
        if not name or kind in ("submit", "file") or (kind in ("checkbox", "radio") and node.get("checked") is None):
            continue
        if node.tag == "select":
            value = next(
                (one.get("value") for one in node.iter("option") if one.get("selected") is not None),
                next((one.get("value") for one in node.iter("option")), ""),
            )
        else:
            value = (node.text_content() or "").lstrip("\n") if node.tag == "textarea" else node.get("value") or ""
        found.setdefault(name, []).append(value)
    return found


def _offered(page: Page, form: Any, name: str, value: Value) -> Value:
    nodes = [node for node in form.iter("input", "select", "textarea", "button") if node.get("name") == name]
    assert nodes, f"{page.address}: the form has no field «{name}»"
    wanted = [value] if isinstance(value, str) else list(value)
    for node in nodes:
        if node.tag == "select":
            options = {str(one.get("value")) for one in node.iter("option")}
            assert set(wanted) <= options, f"{page.address}: «{name}» does not offer {wanted}"
    if nodes[0].get("type") in ("checkbox", "radio"):
        open_ones = {node.get("value") for node in nodes if node.get("disabled") is None}
        assert set(wanted) <= open_ones, f"{page.address}: «{name}» does not offer {wanted}"
    return value
