"""Sphinx's settings. A browser fetches nothing: system fonts, MathML for MathJax, plotly.js beside the pages."""

import sys
from pathlib import Path

import xdc_lab

sys.path.insert(0, str(Path(__file__).parent))

project, author, copyright = "XDC Lab", "XDC Lab developers", "XDC Lab developers, MIT licence"
version = release = xdc_lab.__version__
extensions = ["myst_nb", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "sphinx_copybutton", "mathml"]
exclude_patterns = ["README.md"]  # the home page includes it

html_theme = "furo"
html_title = "XDC Lab"
html_static_path = ["static", "../../build/site/static"]
html_css_files = ["site.css"]
html_math_renderer = "mathml"
html_theme_options = {"navigation_with_keys": True}
html_copy_source = html_show_sourcelink = False
copybutton_exclude = ".linenos, .gp, .go"

myst_enable_extensions = ["dollarmath", "colon_fence"]
myst_heading_anchors = 3
nb_execution_mode = "off"  # outputs are committed
nb_ipywidgets_js = {}  # a widget's still twin stands in its place
nb_merge_streams = True

add_module_names = False
autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_typehints_format = "short"
autodoc_preserve_defaults = True
python_maximum_signature_line_length = 100
napoleon_google_docstring, napoleon_numpy_docstring = True, False
napoleon_use_ivar = True
suppress_warnings = ["ref.python"]  # a word in a docstring that is the name of two attributes
default_role = "code"  # `name` in a docstring
toc_object_entries = False


def setup(app):
    """A default that is made anew for each value is written as one: Sphinx cannot read `<factory>`."""
    app.connect("autodoc-process-signature", lambda *told: _readable(*told[-2:]))


def _readable(signature, returned):
    return signature and signature.replace("<factory>", "..."), returned
