"""Why a file was not read: one Russian sentence that says what is wrong and what to do next."""

from __future__ import annotations

from workflow_core.exceptions import InvalidInput


class UnreadableFile(InvalidInput):
    """The file can't be read as a road map; `code` names the reason for tests and logs."""

    def __init__(self, code: str, text: str) -> None:
        self.code, self.text = code, text
        super().__init__({"file": text})


def damaged(what: str = "Файл") -> UnreadableFile:
    """Truncated or broken inside; «what» is a masculine noun that names it."""
    return UnreadableFile(
        "damaged", f"{what} повреждён или скопирован не до конца: откройте его, сохраните заново и загрузите ещё раз."
    )


def too_large() -> UnreadableFile:
    """More inside than any road map holds."""
    return UnreadableFile(
        "too_large",
        "Внутри файла слишком много данных для дорожной карты: оставьте в нём одну карту, сохраните и загрузите снова.",
    )


def too_deep() -> UnreadableFile:
    """Nested deeper than anything that a person draws."""
    return UnreadableFile(
        "too_deep",
        "Таблицы в файле вложены друг в друга слишком глубоко: скопируйте карту в новый документ и загрузите его.",
    )


def without_text() -> UnreadableFile:
    """It could be read, and there is nothing in it."""
    return UnreadableFile("no_text", "В файле нет текста: проверьте, что выбрали нужный файл, и загрузите его снова.")


def encrypted() -> UnreadableFile:
    """Protected by a password."""
    return UnreadableFile("encrypted", "Файл защищён паролем: снимите пароль, сохраните файл и загрузите его снова.")
