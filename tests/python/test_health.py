"""The health report of `attune info`, as text, JSON and a page."""

import html.parser
import os
import pathlib

import pytest

DATA = os.environ.get("ATTUNE_DATA")


class Page(html.parser.HTMLParser):
    """Collects tags, addresses and text; complains about tags that do not nest."""

    VOID = {"meta", "br", "line"}

    def __init__(self, text):
        super().__init__()
        self.open, self.tags, self.addresses, self.words = [], [], [], []
        self.feed(text)
        assert not self.open, f"left open: {self.open}"

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        self.addresses += [value for name, value in attributes if name in ("src", "href", "xlink:href", "action")]
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.tags.append(tag)

    def handle_endtag(self, tag):
        assert self.open and self.open.pop() == tag, f"</{tag}> closes nothing"

    def handle_data(self, data):
        self.words.append(data)


def import_text(attune, tmp_path, text, name="log.csv", **kwargs):
    (tmp_path / name).write_text(text, encoding="utf-8")
    attune("import", tmp_path / name, "--out", tmp_path / "d", **kwargs)
    return tmp_path / "d"


def test_the_page_stands_alone_and_nests(attune, sample, tmp_path):
    attune("info", sample.dataset, "--html", tmp_path / "health.html")
    text = (tmp_path / "health.html").read_text(encoding="utf-8")
    page = Page(text)
    assert page.tags.count("svg") == 4
    assert page.addresses == []
    assert "script" not in page.tags and "link" not in page.tags and "img" not in page.tags
    assert "http" not in text and "url(" not in text and "@import" not in text
    assert not any(user in text for user in (next(iter(row.values())) for row in sample.users))


def test_names_from_outside_cannot_write_into_the_page(attune, tmp_path):
    (tmp_path / "items.csv").write_text('item_id,title,"<script>alert(1)</script>&"\na,A,3\nb,B,4\n')
    (tmp_path / "log.csv").write_text("user_id,item_id\nu,a\nu,b\n")
    attune("import", tmp_path / "log.csv", "--items", tmp_path / "items.csv", "--out", tmp_path / "d")
    attune("info", tmp_path / "d", "--html", tmp_path / "health.html")
    page = Page((tmp_path / "health.html").read_text(encoding="utf-8"))
    assert "script" not in page.tags
    assert any("<script>alert(1)</script>&" in words for words in page.words)


def test_json_and_text_agree_on_what_to_fear(attune, tmp_path):
    lines = [f"u{u},i{i},{1 + 3 * i % 5},{1000 * u}" for u in range(40) for i in range(10)]
    dataset = import_text(attune, tmp_path, "user,item,rating,timestamp\n" + "\n".join(lines) + "\n")
    health = attune.json("info", dataset)["health"]
    assert health["neighbours"] == 360 and health["tied_neighbours"] == 360 and health["tied_share"] == 1
    assert health["leaks"]["tied_by_item"] == {"differing": 360, "ascending": 360}
    topics = [finding["topic"] for finding in health["findings"] if finding["level"] == "warning"]
    assert topics == ["ties", "leak", "leak"]
    said = attune("info", dataset).stdout
    assert "  ! ties: 100.0 % of neighbouring events" in said
    assert "sorted by item identifiers: 100.0 % of the tied pairs go up" in " ".join(said.split())


def test_the_page_is_for_datasets_and_takes_the_place_of_none(attune, sample, train):
    assert "--html is for datasets" in attune.refused("info", train("popularity"), "--html", "x.html", status=2)
    inside = sample.dataset / "items.arrow"
    before = inside.read_bytes()
    assert "--html" in attune.refused("info", sample.dataset, "--html", inside, status=2)
    assert inside.read_bytes() == before


@pytest.mark.skipif(not DATA, reason="ATTUNE_DATA names no folder of public data sets")
def test_more_than_half_of_the_neighbours_in_movielens_1m_share_a_time(attune, tmp_path):
    log = pathlib.Path(DATA) / "ml-1m" / "ratings.dat"
    attune("import", log, "--delimiter", "::", "--out", tmp_path / "d")
    health = attune.json("info", tmp_path / "d", "--html", tmp_path / "health.html")["health"]
    assert 0.52 < health["tied_share"] < 0.54
    assert health["repeats"] == 0
    assert "53.2 % of neighbouring events" in (tmp_path / "health.html").read_text(encoding="utf-8")
