import html.parser

import pytest

from freelance_hub.markdown import MAX_LENGTH, render

PAYLOADS = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg/onload=alert(1)>",
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](java&#115;cript:alert(1))",
    "[x](vbscript:msgbox(1))",
    "[x](data:text/html;base64,PHNjcmlwdD4=)",
    "![x](javascript:alert(1))",
    '![x](https://evil.example/a.png" onerror="alert(1))',
    '![" onerror="alert(1)](https://evil.example/a.png)',
    '[x](https://ok.example "title\\" onmouseover=\\"alert(1)")',
    "<a href='javascript:alert(1)'>x</a>",
    '<https://ok.example/"onmouseover=alert(1)>',
    "<iframe src=//evil.example></iframe>",
    "<style>*{display:none}</style>",
    "```<script>\nalert(1)\n```",
    '```"><script>alert(1)</script>\nx\n```',
    "<details open ontoggle=alert(1)>",
    "<math><mtext></p><style><img src=x onerror=alert(1)></style>",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    '|a|\n|:--:" onclick="alert(1)|\n|<script>alert(1)</script>|',
    "[x]: javascript:alert(1)\n\n[x]",
)


class Reader(html.parser.HTMLParser):
    def __init__(self):
        super().__init__()
        self.found = []

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))


def tags_of(text):
    reader = Reader()
    reader.feed(render(text))
    return reader.found


@pytest.mark.parametrize("payload", PAYLOADS)
def test_payload_yields_nothing_that_runs_or_loads(payload):
    found = tags_of(payload)

    assert not {tag for tag, _ in found} & {"script", "img", "svg", "iframe", "style", "math", "details"}
    for _, attributes in found:
        assert not [name for name in attributes if name.startswith("on") or name == "style"]
        assert attributes.get("href", "https:").split(":")[0] in {"https", "http", "mailto"}


def test_prose_is_rendered():
    text = "# Welcome\n\nSee **this** and ~~that~~:\n\n1. one\n2. two\n\n| a | b |\n|---|--:|\n| 1 | 2 |\n"

    found = [tag for tag, _ in tags_of(text)]

    assert found == [
        "h2",
        "p",
        "strong",
        "s",
        "ol",
        "li",
        "li",
        "table",
        "thead",
        "tr",
        "th",
        "th",
        "tbody",
        "tr",
        "td",
        "td",
    ]
    assert 'class="is-right"' in render(text)


def test_headings_move_below_the_page_title_and_stop_at_six():
    assert [tag for tag, _ in tags_of("# a\n\n###### b")] == ["h2", "h6"]
    assert render("# a", shift=2).startswith("<h3>")


def test_links_do_not_vouch_for_their_target():
    assert tags_of("[x](https://a.example)") == [
        ("p", {}),
        ("a", {"href": "https://a.example", "rel": "noopener nofollow"}),
    ]


def test_picture_of_this_site_is_shown():
    assert ("img", {"src": "/t/acme/files/1", "alt": "Plan"}) in tags_of("![Plan](/t/acme/files/1)")


@pytest.mark.parametrize("source", ["https://a.example/x.png", "//a.example/x.png"])
def test_picture_of_another_host_becomes_a_link(source):
    assert [tag for tag, _ in tags_of(f"![Plan]({source})")] == ["p", "a"]


def test_very_long_text_is_cut():
    assert len(render("word " * MAX_LENGTH)) < MAX_LENGTH * 1.1
