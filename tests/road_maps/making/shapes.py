"""Ugly shapes that any format can have: what a person reads stays, what stands in the cells does not."""

from __future__ import annotations

from dataclasses import replace

from tests.road_maps.making.content import ABOVE, Cells, Content, Wide


def with_column_numbers(content: Content) -> Content:
    """The row «1 2 3 4 5» under the header."""
    numbers = tuple(str(at) for at in range(1, content.columns + 1))
    return replace(content, rows=(content.rows[0], numbers, *content.rows[1:]))


def with_repeated_header(content: Content, every: int = 7) -> Content:
    """The header once more wherever a page ended; never in the middle of a cell merged downwards."""
    rows: list[Cells] = [content.rows[0]]
    for at, row in enumerate(content.rows[1:]):
        if at and at % every == 0 and ABOVE not in row:
            rows.append(content.rows[0])
        rows.append(row)
    return replace(content, rows=tuple(rows))


def with_torn_row(content: Content) -> Content:
    """The longest cell torn by a page: its second half alone in a row of its own."""
    at, column = max(
        ((at, column) for at, row in enumerate(content.rows) if at for column in range(len(row)) if _torn(row, column)),
        key=lambda place: len(str(content.rows[place[0]][place[1]])),
    )
    row = content.rows[at]
    text = str(row[column])
    cut = text.rindex(" ", 0, len(text) // 2 + 10)
    upper = (*row[:column], text[:cut], *row[column + 1 :])
    lower = tuple(text[cut + 1 :] if each == column else "" for each in range(len(row)))
    return replace(content, rows=(*content.rows[:at], upper, lower, *content.rows[at + 1 :]))


def _torn(row: Cells, column: int) -> bool:
    text = row[column]
    return all(isinstance(cell, str) for cell in row) and isinstance(text, str) and len(text) > 40 and " " in text[:20]


def with_split_words(content: Content, every: int = 5) -> Content:
    """Long words broken over a line by a typed hyphen, in every fifth row."""

    def split(cell: str | Wide | None) -> str | Wide | None:
        if not isinstance(cell, str):
            return cell
        words = cell.split(" ")
        long = next((at for at, word in enumerate(words) if len(word) > 12 and word.isalpha()), None)
        if long is not None:
            words[long] = f"{words[long][:6]}-\n{words[long][6:]}"
        return " ".join(words)

    rows = (tuple(map(split, row)) if at and at % every == 0 else row for at, row in enumerate(content.rows))
    return replace(content, rows=tuple(rows))


def with_merged_deadlines(content: Content, column: int = 2) -> Content:
    """A deadline that is the same as the one above it is merged with that."""
    rows: list[Cells] = [content.rows[0]]
    for row, over in zip(content.rows[1:], content.rows, strict=False):
        same = all(len(each) == content.columns and None not in each for each in (row, over)) and row[column]
        if same and row[column] == over[column]:
            row = (*row[:column], ABOVE, *row[column + 1 :])
        rows.append(row)
    return replace(content, rows=tuple(rows))


def in_two_tables(content: Content) -> tuple[Content, Content]:
    """The table cut before its middle section; the second half has the header again."""
    sections = [at for at, row in enumerate(content.rows) if any(isinstance(cell, Wide) for cell in row)]
    cut = sections[len(sections) // 2]
    first = replace(content, rows=content.rows[:cut], after=())
    return first, replace(content, before=(), rows=(content.rows[0], *content.rows[cut:]))
