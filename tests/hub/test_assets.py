"""What browsers load: few, small, ours; and no template works around the content security policy."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.staticfiles import finders

from freelance_hub import assets

TEMPLATES = Path(settings.BASE_DIR) / "templates"
ALL = sorted(TEMPLATES.rglob("*.html"))
PAGES = [path for path in ALL if "emails" not in path.relative_to(TEMPLATES).parts]
FIRST_VISIT = 400_000
names = {path: str(path.relative_to(TEMPLATES)) for path in ALL}


def test_first_visit_stays_below_its_budget():
    sizes = {name: assets.build(name).stat().st_size for name in assets.BUILDERS if name != "admin.css"}

    assert sum(sizes.values()) < FIRST_VISIT - 100_000, sizes  # 100 kB are for the page itself


def test_style_sheet_names_no_other_host_and_no_import_is_left():
    sheet = assets.style_sheet("index.css")

    assert "@import" not in sheet
    assert "://" not in sheet
    assert sheet.count("{") == sheet.count("}")


def test_missing_import_is_said(tmp_path, monkeypatch):
    monkeypatch.setattr(assets, "SOURCE", tmp_path)
    (tmp_path / "css").mkdir()
    (tmp_path / "css" / "index.css").write_text('@import url("gone.css") layer(base);')

    with pytest.raises(FileNotFoundError, match=r"gone\.css"):
        assets.style_sheet("index.css")


def test_every_icon_in_use_exists_and_is_in_the_sprite():
    used, sprite = assets.icons_in_use(), assets.sprite()

    unknown = sorted(name for name in used if assets.drawing(name) is None)

    assert unknown == []
    assert sorted(re.findall(r'<symbol id="([^"]+)"', sprite)) == sorted(used)


def test_misspelt_icon_is_answered_with_near_names():
    with pytest.raises(LookupError, match="calendar-days"):
        assets.require_icon("calendar-dayz")


def test_icons_are_found_in_templates_modules_and_tables(tmp_path, monkeypatch):
    page, module = tmp_path / "page.html", tmp_path / "module.py"
    page.write_text('{% icon "bell" %}{% empty "Nothing" icon="inbox" %}')
    module.write_text(
        'icon: str = "user"\nSTEP_ICONS = {"done": "check"}\nrow = {"icon": "mail", "done": "not-an-icon"}'
    )
    monkeypatch.setattr(assets, "places_of_icons", lambda: [page, module])

    assert assets.icons_in_use() == {"bell", "inbox", "user", "check", "mail"}


def test_finder_hands_out_built_assets_only():
    found = finders.find("built/app.css")

    assert Path(found) == assets.BUILT / "built" / "app.css"
    assert finders.find("built/settings.py") is None


def test_asset_is_built_again_when_a_source_is_newer(tmp_path, monkeypatch):
    source = tmp_path / "static"
    (source / "js").mkdir(parents=True)
    script = source / "js" / "one.js"
    script.write_text("const one = 1;")
    monkeypatch.setattr(assets, "SOURCE", source)
    monkeypatch.setattr(assets, "BUILT", tmp_path / "out")
    first = assets.build("app.js").read_text()

    (source / "js" / "two.js").write_text("const two = 2;")

    assert "two" not in first
    assert "const two = 2;" in assets.build("app.js").read_text()


@pytest.mark.parametrize("path", PAGES, ids=names.get)
def test_template_has_no_inline_style_script_or_handler(path):
    text = path.read_text(encoding="utf-8")

    found = re.findall(
        r"""
        \sstyle\s*=            # style=""
        | <style\b
        | \son[a-z]+\s*=\s*["']  # onclick=""
        | hx-on
        | ["']js:              # hx-vals='js:…'
        | javascript:
        | <script(?![^>]*(?:\ssrc=|type="application/json"))[^>]*>
        """,
        text,
        re.VERBOSE,
    )

    assert found == []


@pytest.mark.parametrize("path", ALL, ids=names.get)
def test_template_names_no_other_host(path):
    text = path.read_text(encoding="utf-8")

    assert re.findall(r"""(?:src|href|action|hx-get|hx-post)=["'](?:https?:)?//[^"']*""", text) == []


@pytest.mark.parametrize("path", sorted((Path(settings.BASE_DIR) / "static").rglob("*.*")), ids=lambda path: path.name)
def test_nothing_third_party_lies_in_static(path):
    assert path.suffix in {".css", ".js", ".svg"}
    assert path.stat().st_size < 16_000
