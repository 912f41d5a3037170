"""Programs: launch packs, knowledge pages, workspaces, budgets."""
