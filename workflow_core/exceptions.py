"""Every error of the engine. A message is one Russian sentence or two: what is wrong, what is possible, what to do next."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from workflow_core.guards import Blocker


class WorkflowError(Exception):
    """Base of all errors of the engine; its text may be shown to a user."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that a check found: `severity` is "error" or "warning"; line and column count from 1, 0 = unknown."""

    code: str
    text: str
    severity: str = "error"
    file: str = ""
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        place = ":".join(str(part) for part in (self.file, self.line, self.column) if part)
        return f"{place}: {self.text}" if place else self.text


class InvalidDefinition(WorkflowError):
    """A file (definition, profile, road map) can't be used; carries all findings at once, not just the first."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        self.findings = tuple(findings)
        super().__init__("\n".join(str(finding) for finding in self.findings))


class NotFound(WorkflowError):
    """Nothing stands under this id or code, or the reader may not know that something does."""

    def __init__(self, what: str, key: str, known: Iterable[str] = ()) -> None:
        self.what, self.key, self.known = what, key, tuple(known)
        tail = f" Есть: {', '.join(self.known)}." if self.known else ""
        super().__init__(f"Не найдено: {what} «{key}».{tail}")


class NotPermitted(WorkflowError):
    """This actor may not do this here; `roles` are those that may."""

    def __init__(self, text: str, roles: Iterable[str] = ()) -> None:
        self.roles = tuple(roles)
        super().__init__(text)


class InvalidInput(WorkflowError):
    """Fields of an event or an operation are missing or wrong; `errors` maps the field's name to a sentence."""

    def __init__(self, errors: dict[str, str]) -> None:
        self.errors = dict(errors)
        super().__init__(" ".join(self.errors.values()))


class TransitionNotAllowed(WorkflowError):
    """The event does not exist in the state where the subject now is."""

    def __init__(self, event_title: str, state_title: str, allowed: Sequence[str]) -> None:
        self.event_title, self.state_title, self.allowed = event_title, state_title, tuple(allowed)
        possible = f"Сейчас можно: {', '.join(f'«{title}»' for title in allowed)}." if allowed else "Других шагов нет."
        super().__init__(f"Шаг «{event_title}» сейчас не выполнить: состояние «{state_title}». {possible}")


class GuardRefused(TransitionNotAllowed):
    """The event exists here, but something stands in its way; `blockers` holds every reason, block first."""

    def __init__(self, event_title: str, state_title: str, blockers: Sequence[Blocker]) -> None:
        super().__init__(event_title, state_title, ())
        self.blockers = tuple(blockers)
        self.args = (f"Шаг «{event_title}» сейчас не выполнить. " + " ".join(f"{b.text}." for b in self.blockers),)


class ConcurrentTransition(WorkflowError):
    """Somebody else has moved the subject since the page was opened; nothing was changed."""

    def __init__(self, subject_id: str, state_title: str, expected_version: int, version: int) -> None:
        self.subject_id, self.state_title = subject_id, state_title
        self.expected_version, self.version = expected_version, version
        super().__init__(f"Пока страница была открыта, запись изменилась: сейчас «{state_title}». Ничего не записано.")


class RepeatedKeyConflict(WorkflowError):
    """The same submission key came with other input; nothing was changed."""

    def __init__(self) -> None:
        super().__init__("Эта форма уже была отправлена с другими данными. Откройте страницу заново и повторите.")


class HistoryBroken(WorkflowError):
    """A write found the history's head and its last entry in disagreement; nothing was written."""


class PluginError(WorkflowError):
    """A plugin failed; names the plugin, its version and the hook."""

    def __init__(self, plugin: str, hook: str, text: str, version: str = "") -> None:
        self.plugin, self.hook, self.version, self.text = plugin, hook, version, text
        super().__init__(f"Дополнение «{plugin}»{f' {version}' if version else ''} ({hook}): {text}")


class MandatoryPluginFailed(PluginError):
    """A plugin that nothing may start without has a fault; the start is refused."""

    def __init__(self, plugin: str, version: str, text: str) -> None:
        super().__init__(plugin, "", text, version)
        named = f"«{plugin}»{f' версии {version}' if version else ''}"
        self.args = (f"Программа не запущена: обязательное дополнение {named} {text}. Установите исправное.",)


class DocumentError(WorkflowError):
    """A document can't be made from its template and facts; nothing was stored."""


class TemplateVariablesMissing(DocumentError):
    """The template asks for names that the facts do not give."""

    def __init__(self, template: str, names: Iterable[str]) -> None:
        self.template, self.names = template, tuple(sorted(names))
        super().__init__(f"В шаблоне «{template}» нет данных для: {', '.join(self.names)}.")


class CalendarMissing(WorkflowError):
    """No production calendar is known for the year."""

    def __init__(self, year: int) -> None:
        self.year = year
        super().__init__(f"Нет производственного календаря на {year} год. Добавьте его в настройках организации.")
