"""The picture of a workflow: where steps stand, and what a keyboard and a screen reader find in it."""

import re

from workflows.graph import StepSpec
from workflows.picture import Arrow, Node, draw, ranks, wrap
from workflows.sketch import sketch

BOX = re.compile(r'<a class="picture-step" id="node-([^"]+)" href="([^"]+)" aria-label="([^"]+)"')


def node(key, **changes):
    about = {"title": key.title(), "kind": "task", "href": f"#{key}", "label": f"{key}. Waiting", "word": "Waiting"}
    return Node(key=key, **{**about, "icon": "hourglass", **changes})


def test_a_step_stands_as_low_as_its_longest_way():
    arrows = [Arrow("a", "b"), Arrow("b", "c"), Arrow("a", "c"), Arrow("c", "d")]

    assert ranks(["a", "b", "c", "d"], arrows) == {"a": 0, "b": 1, "c": 2, "d": 3}


def test_an_arrow_that_closes_a_circle_moves_nothing_down():
    arrows = [Arrow("a", "b"), Arrow("b", "c"), Arrow("c", "a")]

    assert ranks(["a", "b", "c"], arrows) == {"a": 0, "b": 1, "c": 2}


def test_a_circle_and_an_arrow_to_nowhere_can_be_drawn():
    drawing = draw(
        [node("a"), node("b")], [Arrow("a", "b"), Arrow("b", "a"), Arrow("a", "gone"), Arrow("a", "a")], label="x"
    )

    assert [found[0] for found in BOX.findall(drawing)] == ["a", "b"]


def test_links_come_row_by_row_from_left_to_right_whatever_the_order_of_the_data():
    nodes = [node("last"), node("first"), node("middle")]
    drawing = draw(nodes, [Arrow("first", "middle"), Arrow("middle", "last")], label="Steps")

    assert [found[0] for found in BOX.findall(drawing)] == ["first", "middle", "last"]


def test_each_step_is_a_link_with_an_accessible_name_and_words_for_its_state():
    drawing = draw([node("ask", label="Ask. Approval: Waiting, waits for Ann")], [], label="Steps of REQ-1")

    assert BOX.findall(drawing) == [("ask", "#ask", "Ask. Approval: Waiting, waits for Ann")]
    assert 'role="group" aria-label="Steps of REQ-1"' in drawing
    assert '<text class="picture-note"' in drawing
    assert ">Waiting</text>" in drawing
    assert "#hourglass" in drawing
    assert "style=" not in drawing


def test_kinds_differ_by_their_shape_and_states_by_more_than_colour():
    shapes = {
        kind: re.search(r'<(?:rect|path) class="picture-shape"[^>]*>', draw([node("a", kind=kind)], [], label="x"))[0]
        for kind in ("task", "automation", "decision", "wait")
    }
    now, later = draw([node("a", is_now=True)], [], label="x"), draw([node("a", is_faded=True)], [], label="x")

    assert len(set(shapes.values())) == 4
    assert ('data-now=""' in now, 'data-faded=""' in later) == (True, True)


def test_words_of_people_are_escaped():
    drawing = draw([node("a", title='<script>"x"', label='<b>"')], [Arrow("a", "a")], label='"><script>')

    assert "<script" not in drawing
    assert "<b>" not in drawing


def test_long_titles_are_shortened_in_the_box_and_whole_in_the_name():
    title = "Approve the money for a very long request that nobody can read in one line"

    lines = wrap(title, 22, 2)

    assert lines == ["Approve the money for", "a very long request t…"]
    assert wrap("Incomprehensibilities-without-end", 10, 1) == ["Incompreh…"]


def test_all_of_a_drawing_lies_inside_its_bounds():
    arrows = [Arrow("a", "b", "a very long outcome indeed"), Arrow("a", "c", "rejected")]
    drawing = draw([node("a"), node("b"), node("c")], arrows, label="x")
    width = float(re.search(r'width="([\d.]+)" height', drawing)[1])

    rects = re.findall(r'<rect[^>]* x="([-\d.]+)" y="[-\d.]+" width="([\d.]+)"', drawing)
    assert [(float(x) >= 0, float(x) + float(wide) <= width) for x, wide in rects] == [(True, True)] * len(rects)


def test_a_definition_says_who_and_marks_what_is_wrong():
    specs = [
        StepSpec(key="ask", title="Ask", kind="approval", who={"capability": "requisition.approve"}),
        StepSpec(key="do", title="Do", kind="automation", after=(("ask", "approved"),)),
    ]

    drawing = sketch(specs, label="x", href=lambda key: f"?step={key}", chosen="ask", wrong={"do"})

    assert BOX.findall(drawing)[0][:2] == ("ask", "?step=ask")
    assert "Approval · An approver" in drawing
    assert drawing.count('aria-current="step"') == 1
    assert "Something is wrong here" in BOX.findall(drawing)[1][2]
    assert ">approved</text>" in drawing
