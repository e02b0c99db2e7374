"""Consents: to the processing of personal data, and to taking on a mentor's duties. Never both in one paper."""

from __future__ import annotations

from plugins.consents.duty import DUTY_CONSENT
from plugins.consents.personal_data import PERSONAL_DATA_CONSENT_ADULT, PERSONAL_DATA_CONSENT_REPRESENTATIVE
from workflow_core.hookspecs import hookimpl
from workflow_core.rendering import DocumentKind


@hookimpl
def contribute_document_kinds() -> list[DocumentKind]:
    """Two personal-data consents and the duty consent."""
    return [PERSONAL_DATA_CONSENT_ADULT, PERSONAL_DATA_CONSENT_REPRESENTATIVE, DUTY_CONSENT]
