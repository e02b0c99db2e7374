"""Items of the plan in the search index, by their text; an item's number is its key there."""

from __future__ import annotations

from alembic import op

from workflows.organisations.search_index.queries import follow, free_line, view

revision = "road_maps_0002"
down_revision = "road_maps_0001"
branch_labels = None
depends_on = "organisations_0003"


def upgrade() -> None:
    dialect = op.get_bind().dialect.name
    for statement in view(
        dialect, "activity", "activity", "rtrim(activity.number, '.')", free_line(dialect, "activity.text")
    ):
        op.execute(statement)
    for statement in follow(dialect, "activity", "activity", ["number", "text"]):
        op.execute(statement)


def downgrade() -> None:
    raise NotImplementedError("restore a copy instead")
