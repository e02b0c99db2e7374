"""Kinds of papers: what each is called, which lifecycle it has, what it proves to a road map, whose numbers it shares.

Kinds that are made here come from plugins (`contribute_document_kinds`). Those below are only entered when they are ready:
everybody has them, nobody needs a template for them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from workflow_core.exceptions import NotFound
from workflow_core.rendering import DocumentClass

if TYPE_CHECKING:
    from workflow_core.plugin_manager import Catalogue

ADULT_CONSENT = "personal_data_consent_adult"
REPRESENTATIVE_CONSENT = "personal_data_consent_representative"
PERSONAL_DATA_CONSENTS = (ADULT_CONSENT, REPRESENTATIVE_CONSENT)
DUTY_CONSENT = "duty_consent"


@dataclass(frozen=True, slots=True)
class PaperKind:
    """A kind as lists and forms know it."""

    code: str
    title: str
    document_class: DocumentClass
    is_made_here: bool = False
    """A plugin brings a template for it."""


_ACT, _CONSENT, _AGREEMENT, _WORKING = DocumentClass

_READY: tuple[tuple[DocumentClass, str, str], ...] = (
    (_ACT, "order", "Приказ"),
    (_ACT, "instruction", "Распоряжение"),
    (_ACT, "introduction_order", "Приказ о внедрении системы наставничества"),
    (_ACT, "curator_order", "Приказ о назначении куратора"),
    (_ACT, "plan_approval_order", "Приказ об утверждении планов"),
    (_ACT, "members_order", "Приказ об изменении состава пар"),
    (_ACT, "encouragement_order", "Приказ о поощрении"),
    (_ACT, "closing_order", "Приказ об итогах программы"),
    (_ACT, "regulation", "Положение о наставничестве"),
    (_ACT, "roadmap", "Дорожная карта (утверждённая)"),
    (_ACT, "motivation_rules", "Порядок поощрения наставников"),
    (_ACT, "monitoring_report", "Отчёт о мониторинге"),
    (_ACT, "analytic_report", "Аналитический отчёт"),
    (_ACT, "fsn_statistics", "Форма статистического наблюдения"),
    (_CONSENT, "distribution_consent", "Согласие на распространение персональных данных"),
    (_CONSENT, "participation_consent", "Согласие законного представителя на участие"),
    (_CONSENT, "application", "Заявление"),
    (_CONSENT, "notice", "Уведомление"),
    (_AGREEMENT, "partner_agreement", "Соглашение с партнёром"),
    (_AGREEMENT, "labour_agreement", "Дополнительное соглашение к трудовому договору"),
    (_WORKING, "personalised_programme", "Персонализированная программа"),
    (_WORKING, "meeting_journal", "Журнал встреч"),
    (_WORKING, "questionnaire", "Анкета"),
    (_WORKING, "mentee_register", "База наставляемых"),
    (_WORKING, "mentor_register", "База наставников"),
    (_WORKING, "partner_register", "База партнёров"),
    (_WORKING, "methodical_recommendations", "Методические рекомендации"),
    (_WORKING, "training_materials", "Учебные материалы"),
    (_WORKING, "control_sheet", "Лист контроля"),
    (_WORKING, "other", "Другой документ"),
)

_READY_KINDS: Mapping[str, PaperKind] = {
    code: PaperKind(code, title, document_class) for document_class, code, title in _READY
}

_ORDERS = frozenset(
    {"order", "pair_order", "introduction_order", "curator_order", "plan_approval_order", "members_order"}
    | {"encouragement_order", "closing_order"}
)

_EVIDENCE: Mapping[str, tuple[str, ...]] = {
    "pair_order": ("pair_assignment_order",),
    "instruction": ("order",),
    "regulation": ("order_appendix_regulation",),
    "roadmap": ("order_appendix_roadmap",),
    ADULT_CONSENT: ("personal_data_consent",),
    REPRESENTATIVE_CONSENT: ("personal_data_consent",),
    DUTY_CONSENT: ("mentor_duty_consent",),
    "individual_plan": ("personalised_programme",),
    "personalised_programme": ("individual_plan",),
}
"""What else a kind proves, in the codes of road maps (`documents` of an item)."""


def evidence_codes(kind: str) -> tuple[str, ...]:
    """Codes of road maps that a paper of this kind fulfils: its own, those it stands for, «order» for every order."""
    codes = (kind, *_EVIDENCE.get(kind, ()), *(("order",) if is_order(kind) else ()))
    return tuple(dict.fromkeys(codes))


def is_order(kind: str) -> bool:
    """Whether papers of this kind are orders; a plugin's kind says so by its code («transfer_order»)."""
    return kind in _ORDERS or kind.endswith("_order")


def numbered_with(kind: str) -> str:
    """Name of the journal that gives the number: all orders share one, every other kind has its own."""
    return "order" if is_order(kind) else kind


def known_kinds(catalogue: Catalogue) -> dict[str, PaperKind]:
    """Every kind by code: those that plugins make, then those that are only entered."""
    made = {
        kind.code: PaperKind(kind.code, kind.title, kind.document_class, is_made_here=True)
        for kind in catalogue.document_kinds.values()
    }
    return {**made, **{code: kind for code, kind in _READY_KINDS.items() if code not in made}}


def kind_title(catalogue: Catalogue, code: str) -> str:
    """What papers of a kind are called; of a kind whose plugin was taken away, its code: they stay readable."""
    found = known_kinds(catalogue).get(code)
    return found.title if found else f"«{code}», вид сейчас не установлен"


def kind_of(catalogue: Catalogue, code: str) -> PaperKind:
    """One kind. Raises NotFound."""
    found = known_kinds(catalogue).get(code)
    if found is None:
        raise NotFound("вид документа", code)
    return found
