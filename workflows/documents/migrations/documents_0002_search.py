"""Papers in the search index, and the indexes of their lists: newest first, of all papers, of one class, of one kind."""

from __future__ import annotations

from alembic import op

from workflows.organisations.search_index.queries import follow, view

revision = "documents_0002"
down_revision = "documents_0001"
branch_labels = None
depends_on = "organisations_0003"


def upgrade() -> None:
    dialect = op.get_bind().dialect.name
    text = "'  ' || replace(document.search_key, ' ', '  ')"
    for statement in view(dialect, "document", "document", "''", text):
        op.execute(statement)
    for statement in follow(dialect, "document", "document", ["search_key"]):
        op.execute(statement)
    op.drop_index("ix_document_organisation_id_kind", "document")
    for columns in (["id"], ["kind", "id"], ["document_class", "id"]):
        op.create_index(f"ix_document_organisation_id_{'_'.join(columns)}", "document", ["organisation_id", *columns])


def downgrade() -> None:
    raise NotImplementedError("restore a copy instead")
