"""Plugins for the administrator: lifting a quarantine. What is wrong stands on the page of the settings."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, url_for
from flask.typing import ResponseReturnValue

from web import current
from web.plugin_settings import health_folder
from workflow_core import plugin_faults
from workflow_core.exceptions import NotFound
from workflow_core.watchdog import forget
from workflows.organisations import policy

page = Blueprint("plugins", __name__, url_prefix="/settings/plugins")


@page.post("/<name>/lift")
def lift(name: str) -> ResponseReturnValue:
    """Call a plugin again that had too many faults in a row."""
    policy.require(current.actor(), "settings.edit")
    if name not in current.engine().catalogue.plugins:
        raise NotFound("дополнение", name)
    forget(health_folder(current.installation().settings), name)
    try:
        plugin_faults.lift(current.engine(), name, by=current.actor().name, now=current.now())
        flash(f"Сбои дополнения «{name}» сняты, оно снова вызывается.", "success")
    except NotFound:  # pressed twice, or somebody else was faster
        flash(f"У дополнения «{name}» сбоев больше нет.", "success")
    return redirect(url_for("settings.show", _anchor="plugins"))
