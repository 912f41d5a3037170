"""Questions that span tables of talent, answered by querysets: pages, API and exports share one answer."""
