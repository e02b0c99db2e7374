"""`marshrut jobs`: what waits, runs or has failed, and giving a stuck job to a living worker."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from web.commands import installation
from web.commands.console import Group, json_option, print_json, print_table
from workflow_core.exceptions import InvalidInput, NotFound

if TYPE_CHECKING:
    from web.assembly import Installation
    from workflow_core.jobs import DurableJobs

_TITLES = {
    "ENQUEUED": "ждёт",
    "PENDING": "выполняется",
    "ERROR": "не удалось",
    "MAX_RECOVERY_ATTEMPTS_EXCEEDED": "не удалось: попытки кончились",
}


@click.group(cls=Group, help="Задания: подготовка документов и всё, что делается после записи.")
def command() -> None:
    """Nothing by itself."""


@command.command("list", help="Задания, которые ждут, выполняются или не удались.")
@json_option
@click.pass_context
def list_jobs(context: click.Context, as_json: bool) -> None:
    with installation.opened(installation.settings_for(demo=installation.is_demo(context))) as place:
        found = _durable(place).unfinished()
    if as_json:
        print_json(found)
    else:
        rows = [(job["id"], _TITLES.get(job["status"], job["status"]), job["executor"] or "") for job in found]
        print_table(rows, "Все задания выполнены.")


@command.command("resume", help="Отдать задание тому работнику, который сейчас запущен.")
@click.argument("job_id", metavar="ЗАДАНИЕ")
@click.pass_context
def resume(context: click.Context, job_id: str) -> None:
    with installation.opened(installation.settings_for(demo=installation.is_demo(context))) as place:
        jobs = _durable(place)
        if job_id not in [job["id"] for job in jobs.unfinished()]:
            raise NotFound("задание", job_id)
        jobs.resume(job_id)
    click.echo("Задание отдано: его возьмёт тот, кто сейчас запущен.")


def _durable(place: Installation) -> DurableJobs:
    from workflow_core.jobs import DurableJobs

    if not isinstance(place.jobs, DurableJobs):
        raise InvalidInput({"": "У этой установки нет долговременных заданий."})
    place.jobs.prepare()
    return place.jobs


__all__ = ["command"]
