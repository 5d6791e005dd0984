import json

from xdc_lab import __version__
from xdc_lab.runs.environment import environment


def test_the_record_names_versions_and_device_and_is_plain():
    record = json.loads(json.dumps(environment()))
    assert record["xdc_lab"] == __version__
    assert {"torch", "numpy", "av"} <= set(record["packages"])
    assert record["device"]
    assert record["processes"] == 1
