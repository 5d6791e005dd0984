"""Every format says what the DataFrame says, whatever signs the labels hold."""

import csv
import io
import re

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xdc_lab.analysis.concepts import cluster_table, table6
from xdc_lab.analysis.tables import to_csv, to_latex, to_markdown, to_styler, to_text, with_gaps, write_table
from xdc_lab.errors import SettingError

HOSTILE = st.text(
    st.characters(exclude_categories=("Cs", "Cc", "Z")) | st.sampled_from("\\|&%$#_{}~^<>*`[] \"'"), max_size=30
)
LATEX = {r"\textbackslash{}": "\\", r"\textasciitilde{}": "~", r"\textasciicircum{}": "^", r"\textless{}": "<"}
LATEX |= {r"\textgreater{}": ">", r"\textbar{}": "|", "{[}": "[", "{*}": "*"}
LATEX |= {f"\\{sign}": sign for sign in "&%$#_{}"}


def read_markdown(text):
    rows = [re.findall(r"(?:\\.|[^|\\])+", line) for line in text.splitlines()]
    plain = [[re.sub(r"\\(.)", r"\1", cell.strip()) for cell in row] for row in rows]
    return [plain[0], *plain[2:]]


def read_latex(text):
    lines = [line.removesuffix(r" \\") for line in text.splitlines() if line.endswith(r" \\")]
    tokens = re.compile("|".join(re.escape(token) for token in LATEX))
    return [[tokens.sub(lambda m: LATEX[m[0]], cell) for cell in re.split(r"(?<!\\) & ", line)] for line in lines]


def rows_in(table):
    return [list(table.columns), *table.to_numpy().tolist()]


def test_dollars_in_a_notebooks_table_are_no_mathematics():
    assert "mathjax_ignore" in to_styler(pd.DataFrame({"concepts": ["$5 to $9"]})).to_html()
    assert "mathjax_ignore" not in to_styler(pd.DataFrame({"concepts": ["5 to 9"]})).to_html()


@settings(max_examples=50)
@given(labels=st.lists(HOSTILE.map(lambda text: " ".join(f"x{text}x".split())), min_size=1, max_size=4))
def test_markdown_latex_and_csv_round_trip(labels):
    table = pd.DataFrame({"audio #": [str(n) for n in range(len(labels))], "audio concepts": labels})
    assert read_markdown(to_markdown(table)) == rows_in(table)
    assert read_latex(to_latex(table)) == rows_in(table)
    assert list(csv.reader(io.StringIO(to_csv(table)))) == rows_in(table)


def test_table_6_in_every_format_equals_the_frame(result, tmp_path):
    table = table6(result)
    read = {".csv": lambda text: list(csv.reader(io.StringIO(text))), ".md": read_markdown, ".tex": read_latex}
    for ending, reader in read.items():
        text = write_table(table, tmp_path / f"table6{ending}").read_text()
        assert reader(text) == rows_in(table)


def test_latex_has_booktabs_a_caption_and_names_in_two_lines(result):
    table = table6(result).assign(**{"audio concepts": "[50% & *"})
    text = to_latex(table, caption="100 % of $k$", label="tab:one", two_lines=" ")
    assert text.splitlines()[:5] == [
        r"% needs \usepackage{booktabs,array}",
        *(r"\begin{table}", r"\centering", r"\caption{100 \% of \$k\$}", r"\label{tab:one}"),
    ]
    assert [text.count(rf"\{rule}rule") for rule in ("top", "mid", "bottom")] == [1, 1, 1]
    assert r"\multicolumn{3}{l}{audio} & \multicolumn{3}{l}{video} \\" in text
    assert r"\# & rank & concepts & \# & rank & concepts \\" in text
    assert r"& {[}50\% \& {*} &" in text


def test_long_texts_and_long_names_break_in_latex_and_a_table_keeps_to_the_page():
    cells = {"method": ["XDC"], "top-1 accuracy of all clips": ["60.1"], "a": ["word " * 20], "b": ["word " * 20]}
    head = to_latex(pd.DataFrame(cells)).splitlines()[1]
    assert head.startswith(r"\begin{tabular}{l>{\raggedright\arraybackslash}p{4.0em}>")  # "accuracy" fits
    shares = [float(share) for share in re.findall(r"p\{([\d.]+)\\linewidth", head)]
    assert len(shares) == 2 and 0.6 < sum(shares) < 0.9


def test_csv_keeps_every_digit(result):
    table = cluster_table(result, "video").drop(columns="concepts")
    texts = pd.read_csv(io.StringIO(to_csv(table)), dtype=str)  # pandas 2.2 reads floats but for their last digit
    pd.testing.assert_frame_equal(texts.astype(table.dtypes), table, check_exact=True)


def test_text_wraps_and_cuts_nothing_off():
    label = " ".join(f"word{number}" for number in range(60))
    text = to_text(pd.DataFrame({"#": [1], "concepts": [f"{label} [bold](0.70)"]}), width=60)
    assert all(len(line) <= 60 for line in text.splitlines())
    assert all(word in text for word in [*label.split(), "[bold](0.70)"])


def test_ranks_that_are_left_out_are_dots():
    """On each side where they are: the other may have fewer clusters."""
    concepts = {"audio concepts": list("abc"), "video rank": ["1", "2", ""], "video concepts": ["d", "e", ""]}
    table = pd.DataFrame({"audio rank": ["1", "2", "31"], **concepts})
    assert with_gaps(table).iloc[2].tolist() == ["…", "", "", ""]
    assert "…" in to_text(table) and "…" in to_styler(table).to_html()
    whole = table.assign(**{"audio rank": ["1", "2", "3"], "audio #": ["1", "5", "31"]})
    assert len(with_gaps(whole)) == 3, "numbers of clusters are no ranks"


def test_line_breaks_stay_inside_their_cell():
    table = pd.DataFrame({"a": ["one\ntwo"]})
    assert to_markdown(table).splitlines()[-1] == "| one two |"


def test_missing_numbers_are_empty(unlabelled):
    assert "nan" not in to_markdown(cluster_table(unlabelled, "audio"))


def test_another_format_is_refused(tmp_path):
    with pytest.raises(SettingError, match=r"\.csv, \.md, \.tex"):
        write_table(pd.DataFrame(), tmp_path / "table.xlsx")


def test_a_notebooks_table_cuts_nothing_off_and_keeps_its_words(result):
    table = table6(result).assign(**{"<b>": 0.123456})
    page = to_styler(table).to_html()
    assert page == to_styler(table).to_html()  # no random ids
    assert "scuba diving (0.50), snorkeling (0.50)" in page
    assert "&lt;b&gt;" in page and "<b>" not in page and "0.12" in page and "0.1234" not in page
    idents = {re.findall(r'id="(T_\w+?)"', to_styler(part).to_html())[0] for part in (table, table.head(1))}
    assert len(idents) == 2  # two on a page do not share their looks
