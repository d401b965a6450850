"""Each import that docs/data.md gives for a public set, on a few rows in that set's form."""

import pathlib
import re
import shlex

import pytest

DOCS = pathlib.Path(__file__).resolve().parents[2] / "docs" / "data.md"

# What the publishers' files look like, a few rows of each; made up.
FILES = {
    "ratings.dat": "1::1193::5::978300760\n1::661::3::978302109\n2::1193::4::978298413\n",
    "movies.dat": "1193::One Flew (1975)::Drama\n661::James, the Peach (1996)::Animation|Children's\n",
    "ml-1m.txt": "1 1\n1 2\n2 1\n",
    "u.data": "196\t242\t3\t881250949\n186\t302\t3\t891717742\n22\t377\t1\t878887116\n",
    "ml-100k.inter": "user_id:token\titem_id:token\trating:float\ttimestamp:float\n196\t242\t3\t881250949\n"
                     "186\t302\t3\t891717742\n22\t377\t1\t878887116\n",
    "ml-100k.item": "item_id:token\tmovie_title:token_seq\trelease_year:token\tclass:token_seq\n"
                    "242\tKolya\t1996\tComedy\n"
                    "302\tL.A. Confidential\t1997\tCrime\n",
    "ml-100k.user": "user_id:token\tage:token\tgender:token\toccupation:token\tzip_code:token\n"
                    "196\t49\tM\twriter\t55105\n",
    "ratings.csv": "userId,movieId,rating,timestamp\n1,296,5.0,1147880044\n"
                   "1,306,3.5,1147868817\n2,296,4.0,1141415820\n",
    "movies.csv": 'movieId,title,genres\n296,Pulp Fiction (1994),Crime|Drama\n306,"Red, Three Colors (1994)",Drama\n',
    "ratings_Beauty.csv": "A39HTATAQ9V7YF,0205616461,5.0,1369699200\nA3JM6GV9MNOF9X,0558925278,3.0,1355443200\n"
                          "A1Z513UWSAAO0F,0558925278,5.0,1404691200\n",
    "s3rec-sequences.txt": "1 1 2 3 4 5\n2 6 7 8\n3 9 10 11 12 13 14\n",
    "items.tsv": "item\tasin\ttitle\n1\tB00\tOne\n2\tB01\tTwo\n",
    "All_Beauty.csv": "0143026860,A1V6B6TNIC10QE,1.0,1424304000\n0143026860,A2F5GHSXFQ0W6J,4.0,1418860800\n"
                      "014789302X,A1572GUYS7DGSR,4.0,1407628800\n",
    "Video_Games.csv": "user_id,parent_asin,rating,timestamp\nAGCI,B07DK1H3H5,5.0,1608186804795\n"
                       "AGXV,B07SRWRH5D,4.0,1609186804795\nAGCI,B07SRWRH5D,3.0,1609186804999\n",
    "yoochoose-clicks.dat": "1,2014-04-07T10:51:09.277Z,214536502,0\n1,2014-04-07T10:54:09.868Z,214536500,0\n"
                            "2,2014-04-07T13:56:37.614Z,214662742,0\n",
    "train-item-views.csv": "sessionId;userId;itemId;timeframe;eventdate\n1;NA;81766;526309;2016-05-09\n"
                            "1;NA;31331;1031018;2016-05-09\n2;NA;32118;243569;2016-05-09\n",
    "steam.csv": "user,item,timestamp\nabc,725280,2017-12-17\ndef,328100,2018-01-02\nabc,328100,2018-01-03\n",
    "yelp_academic_dataset_review.json": '{"review_id":"a","user_id":"mh","business_id":"XQ","stars":3.0,"useful":0,'
                                         '"text":"If you","date":"2018-07-07 22:09:11"}\n'
                                         '{"review_id":"b","user_id":"Oy","business_id":"7A","stars":5.0,"useful":1,'
                                         '"text":"\\n","date":"2012-01-03 15:28:18"}\n',
    "yelp_academic_dataset_business.json": '{"business_id":"XQ","name":"Turning Point","stars":3.0,"attributes":'
                                           '{"WiFi":"u\'free\'"},"categories":"Cafes, Food"}\n'
                                           '{"business_id":"7A","name":"Zaika","stars":4.0,"attributes":null,'
                                           '"categories":null}\n',
    "users.dat": "1::F::1::10::48067\n2::M::56::16::70072\n",
    "tags.csv": "userId,movieId,tag,timestamp\n1,296,heist,1147880044\n2,296,non linear,1147880045\n",
    "interactions.tsv": "user\titem\ttimestamp\n1\t1\t1369699200\n1\t2\t\n2\t1\t1369699300\n",
}  # fmt: skip


def commands():
    text = DOCS.read_text(encoding="utf-8")
    section = text[text.index("## Public sets") : text.index("## The sample")]
    return re.findall(r"^ {4}(attune import .*)$|`(attune import [^`]*)`", section, flags=re.MULTILINE)


@pytest.mark.parametrize("command", [inline or block for block, inline in commands()])
def test_the_documented_import_takes_rows_of_that_form(attune, tmp_path, command):
    words = shlex.split(command)[1:]
    named = [word for word in words if word in FILES]
    assert named, f"no rows for the files of: {command}"
    for name in named:
        (tmp_path / name).write_text(FILES[name], encoding="utf-8")
    report = attune.json(*words, cwd=tmp_path)
    rows = FILES[named[0]].count("\n") - FILES[named[0]].startswith(("user", "session"))
    if named[0] == "s3rec-sequences.txt":
        rows = len(FILES[named[0]].split()) - 3
    assert report["interactions"] == rows


def test_every_set_that_can_be_fetched_is_documented():
    text = DOCS.read_text(encoding="utf-8")
    for name in ["ml-100k", "ml-1m", "ml-10m", "ml-25m", "ml-latest-small", "amazon-beauty-2014", "amazon-beauty-2018"]:
        assert f"`{name}`" in text, name
    assert len(commands()) >= 13
