"""`marshrut documents`: the papers of an organisation and their files."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from web.commands import installation
from web.commands.console import Group, OneOf, json_option, print_json, print_table
from web.whole_file import whole_file
from workflow_core.exceptions import InvalidInput

if TYPE_CHECKING:
    from workflows.documents.papers import PaperLine
    from workflows.documents.tables import DocumentFile


@click.group(cls=Group, help="Документы: приказы, согласия, соглашения, рабочие документы.")
def command() -> None:
    """Nothing by itself."""


@command.command("list", help="Документы организации, новые сверху.")
@installation.organisation_option
@click.option(
    "--state",
    "states",
    multiple=True,
    metavar="СОСТОЯНИЕ",
    help="Только в этом состоянии: draft, at_signing, in_force, expected, received…",
)
@click.option("--kind", "kinds", multiple=True, metavar="ВИД", help="Только этого вида: pair_order…")
@json_option
@click.pass_context
def list_documents(
    context: click.Context, organisation: str, states: tuple[str, ...], kinds: tuple[str, ...], as_json: bool
) -> None:
    with installation.opened(installation.settings_for(demo=installation.is_demo(context))) as place:
        from workflows.documents import queries

        now = installation.clock()
        with place.engine.read(now=now) as read:
            found = installation.organisation_named(read.session, organisation)
            wanted = queries.PaperFilter(kinds=kinds, states=states)
            lines: list[PaperLine] = []
            page = queries.paper_page(read.session, found.id, wanted, limit=500)
            lines.extend(page.papers)
            while page.next_after:
                page = queries.paper_page(read.session, found.id, wanted, after=page.next_after, limit=500)
                lines.extend(page.papers)
        titles = {
            (code, state.name): state.title
            for code, definition in place.engine.catalogue.definitions.items()
            for state in definition.states.values()
        }
    if as_json:
        print_json([asdict(one) for one in lines])
        return
    print_table(
        (
            (
                one.id[-8:],
                titles.get((one.document_class, one.state), one.state),
                f"{one.signed_on:%d.%m.%Y}" if one.signed_on else "—",
                f"№ {one.number}" if one.number else "—",
                one.title,
            )
            for one in lines
        ),
        "Документов нет.",
    )


@command.command("get", help="Сохранить файл документа.")
@click.argument("document", metavar="ДОКУМЕНТ")
@installation.organisation_option
@click.option(
    "--purpose",
    type=OneOf("generated", "scan", "signature"),
    default="generated",
    help="Созданный файл, скан или подпись.",
)
@click.option(
    "--output",
    type=click.Path(writable=True),
    default=None,
    metavar="ФАЙЛ",
    help="Куда; по умолчанию в эту папку под своим именем.",
)
@click.pass_context
def get(context: click.Context, document: str, organisation: str, purpose: str, output: str | None) -> None:
    with installation.opened(installation.settings_for(demo=installation.is_demo(context))) as place:
        from workflows.documents import files, queries

        now = installation.clock()
        with place.engine.read(now=now) as read:
            scope = installation.organisation_named(read.session, organisation).id
        with place.engine.read(scope, now=now) as read:
            document_id = installation.row_of(read, "document", document)
            row = queries.document(read.session, scope, document_id)
            stored = queries.files_of(read.session, scope, [document_id]).get(document_id, [])
            chosen = _chosen(stored, purpose, row.file_status, row.file_error)
            file = files.open_file(read.session, scope, chosen.id)
    path = Path(output or file.name)
    if path.is_dir():
        path = path / file.name
    try:
        with whole_file(path) as part:
            part.write_bytes(file.content)
    except OSError as exc:
        raise InvalidInput({"": f"Файл {path} не записывается: {exc.strerror}."}) from exc
    click.echo(str(path))


def _chosen(stored: list[DocumentFile], purpose: str, status: str, error: str) -> DocumentFile:
    found = [one for one in stored if one.purpose == purpose]
    if found:
        return found[-1]
    if purpose == "generated" and status == "waiting":
        raise InvalidInput({"": "Файл ещё готовится. Повторите через минуту; готовит его запущенная программа."})
    if purpose == "generated" and status == "failed":
        raise InvalidInput({"": f"Файл не получился: {error}"})
    raise InvalidInput({"": "Такого файла у документа нет."})


__all__ = ["command"]
