"""`marshrut jobs`: what waits, runs or has failed, and giving a stuck job to a living worker."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from web.commands import installation
from web.commands.console import Group, Whole, json_option, print_json, print_table
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
        lost = _lost_slots(place, found)
    if as_json:
        print_json([{**job, "slot_is_lost": job["executor"] in lost} for job in found])
        return
    rows = [(job["id"], _TITLES.get(job["status"], job["status"]), job["executor"] or "") for job in found]
    print_table(rows, "Все задания выполнены.")
    for slot in sorted(lost.values()):
        click.echo(
            f"Работник на месте {slot} не запущен. Запустите его: marshrut worker --slot {slot}. "
            f"Если он не вернётся, передайте его задания: marshrut jobs recover {slot}."
        )


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


@command.command("recover", help="Отдать другим всё, что начал работник, который больше не вернётся (PostgreSQL).")
@click.argument("slot", metavar="МЕСТО", type=Whole(1, 999))
@click.pass_context
def recover(context: click.Context, slot: int) -> None:
    with installation.opened(installation.settings_for(demo=installation.is_demo(context))) as place:
        if place.settings.is_embedded:
            text = "База встроенная (SQLite): незаконченное продолжит сама marshrut run при следующем запуске."
            raise InvalidInput({"": text})
        from web.commands.queries import held_slots

        if slot in held_slots(place.database):
            text = (
                f"Работник на месте {slot} запущен и закончит свои задания сам. Одно задание отдаёт другим jobs resume."
            )
            raise InvalidInput({"": text})
        given = _durable(place).recover(f"w{slot}")
    click.echo(f"Передано заданий: {len(given)}." if given else f"За местом {slot} ничего не числится.")


def _lost_slots(place: Installation, found: list[dict[str, Any]]) -> dict[str, int]:
    """Executor -> slot of jobs that are begun while nobody holds their slot. Where the base is embedded there is one slot only."""
    begun = {str(job["executor"]) for job in found if job["status"] == "PENDING" and job["executor"]}
    if place.settings.is_embedded or not begun:
        return {}
    from web.commands.queries import held_slots

    held = held_slots(place.database)
    slots = {executor: int(executor[1:]) for executor in begun if executor[1:].isdigit()}
    return {executor: slot for executor, slot in slots.items() if slot not in held}


def _durable(place: Installation) -> DurableJobs:
    from workflow_core.jobs import DurableJobs

    if not isinstance(place.jobs, DurableJobs):
        raise InvalidInput({"": "У этой установки нет долговременных заданий."})
    place.jobs.prepare()
    return place.jobs


__all__ = ["command"]
