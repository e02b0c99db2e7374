"""The command line `marshrut`: init, run, check and the commands of each noun.

Exit status: 0 all is well, 1 a check has found something, 2 the command or its input is wrong. What is wrong is one
sentence on standard error, never a traceback. A command's module is imported only when it is called.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Sequence
from importlib import import_module

import click

from web.commands.console import Group, sentence_of

COMMANDS = {
    "init": ("web.commands.database", "Создать базу данных или обновить её."),
    "run": ("web.commands.run", "Запустить программу на этом компьютере."),
    "check": ("web.commands.check", "Проверить правила, карты, шаблоны и дополнения."),
    "user": ("web.commands.user", "Учётные записи: кто входит в программу."),
    "road-map": ("web.commands.road_map", "Дорожные карты: список, показ, взять в работу."),
    "pair": ("web.commands.pair", "Пары и группы: список, показ, шаг."),
    "history": ("web.commands.history", "История: проверка и выгрузка."),
    "search": ("web.commands.search", "Поиск: проверка и составление заново."),
    "documents": ("web.commands.documents", "Документы: список и файлы."),
    "definitions": ("web.commands.definitions", "Жизненные циклы: схема состояний и шагов."),
    "simulate": ("web.commands.simulate", "Прожить год заранее придуманными людьми."),
    "plugins": ("web.commands.plugins", "Дополнения: что установлено и что даёт."),
    "plugin": ("web.commands.plugin", "Своё дополнение: заготовка с тестами."),
    "profile": ("web.commands.profile", "Правила организации и откуда они."),
    "timers": ("web.commands.timers", "Сроки и напоминания: что наступит, что наступило."),
    "calendar": ("web.commands.calendar", "Рабочий календарь: выходные, переносы, карантин."),
    "worker": ("web.commands.worker", "Работник, который готовит документы (для PostgreSQL)."),
    "jobs": ("web.commands.jobs", "Задания, которые ждут или не удались."),
}
"""Name -> module with `command` in it, and what the list of commands says."""

OK, FOUND, WRONG = 0, 1, 2


class _Marshrut(Group):
    """The commands by name, each imported when it is called: the help of all needs none of them."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        found: click.Command = import_module(COMMANDS[cmd_name][0]).command
        return found

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_module, text) in COMMANDS.items()])


@click.command(cls=_Marshrut, help="Маршрут: программы наставничества в школе, от дорожной карты до завершённой пары.")
@click.option("--demo", is_flag=True, help="Работать с базой примера, а не со своей.")
@click.pass_context
def marshrut(context: click.Context, demo: bool) -> None:
    context.obj = {"demo": demo}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit status."""
    _speak_utf8()
    try:
        status = marshrut.main(
            args=list(sys.argv[1:] if arguments is None else arguments), prog_name="marshrut", standalone_mode=False
        )
        return status if isinstance(status, int) else OK
    except click.exceptions.NoArgsIsHelpError as error:
        # Such an error carries the whole help as its text.
        click.echo(error.ctx.get_help(), err=True)
        return WRONG
    except click.ClickException as error:
        hint = (
            f" Подсказка: {error.ctx.command_path} --help" if isinstance(error, click.UsageError) and error.ctx else ""
        )
        return _refuse(sentence_of(error) + hint)
    except (click.Abort, KeyboardInterrupt):
        return _refuse("Прервано. Ничего не изменено.")
    except BrokenPipeError:
        # Whoever read the output (`| head`) has had enough.
        sys.stderr.close()
        return OK
    except Exception as error:
        sentence = _own_sentence(error)
        return _refuse(sentence) if sentence else _broken(error)


def _refuse(sentence: str) -> int:
    click.echo(" ".join(sentence.split()), err=True)
    return WRONG


def _own_sentence(error: Exception) -> str:
    """The text of an error that speaks to people, else nothing. The engine is loaded already if it has raised one."""
    ours = sys.modules.get("workflow_core.exceptions")
    if ours is None or not isinstance(error, ours.WorkflowError):
        return ""
    if isinstance(error, ours.InvalidDefinition):
        return f"{error.findings[0]} Всего замечаний: {len(error.findings)}, все покажет marshrut check."
    return str(error)


def _broken(error: Exception) -> int:
    """Something nobody thought of: a sentence with a code, the traceback in the log."""
    from web.commands.log import log_to_file
    from workflow_core.tables import new_id

    code = new_id()[-8:]
    try:
        path = log_to_file()
        logging.getLogger(__name__).error("command failed, code %s", code, exc_info=error)
        where = f"Подробности в файле {path}."
    except Exception:  # whatever broke the command may have broken this too
        where = "Записать подробности не удалось."
    return _refuse(f"Не получилось: внутренний сбой, код {code}. {where}")


def _speak_utf8() -> None:
    """Files and pipes get UTF-8 whatever the system's old code page is; a window shows what it can."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="replace") if stream.isatty() else reconfigure(encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
