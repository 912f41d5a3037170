"""What a query costs as the web role, and from what it is read."""

import json

from django.db import connection

from freelance_hub.lists import keyset
from freelance_hub.lists.keyset import Sort, page_of

# Of 8 kB, for 51 rows with their joins; a plan that looks at every row of a large table reads 18,000.
BLOCKS = 4000


def cost(queryset):
    """(blocks read, kinds of plan nodes with their table or index) of running the query as the web role."""
    sql, params = queryset.query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user")
        assert cursor.fetchone() == ("fh_app",)
        cursor.execute(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {sql}", params)
        plan = cursor.fetchone()[0]
    plan = json.loads(plan) if isinstance(plan, str) else plan
    root = plan[0]["Plan"]
    nodes, waiting = [], [root]
    while waiting:
        node = waiting.pop()
        nodes.append(f"{node['Node Type']} {node.get('Index Name') or node.get('Relation Name') or ''}".strip())
        waiting += node.get("Plans", [])
    return root["Shared Hit Blocks"] + root["Shared Read Blocks"], sorted(nodes)


def assert_cheap(queryset, label, *, large, blocks=BLOCKS):
    """Few blocks, and none of the `large` tables from end to end."""
    read, nodes = cost(queryset)
    assert read < blocks, (label, read, nodes)
    scanned = [node for node in nodes if node in {f"Seq Scan {table}" for table in large}]
    assert not scanned, (label, nodes)


def pages(queryset, key, field, *, is_descending):
    """The query of the first page and of one from the middle."""
    sort = Sort(key, field, is_descending)
    yield keyset._few(queryset, sort, 51)
    middle = page_of(queryset, sort, size=50)
    if middle.next:
        cursor = keyset._decode(middle.next, queryset, sort)
        yield keyset._few(keyset._beyond(queryset, sort, cursor, backwards=False), sort, 51)
