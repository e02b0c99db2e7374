"""View models that join rooms: what a page shows, made of queries, without rules and without SQL."""
