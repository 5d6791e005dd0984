from dataclasses import replace

import pandas as pd
import pytest

from xdc_lab.errors import SettingError
from xdc_lab.evaluation.classifiers import CLASSIFIERS
from xdc_lab.evaluation.protocols import PROTOCOLS, find_protocol, protocols_table


@pytest.mark.parametrize("protocol", PROTOCOLS.values(), ids=PROTOCOLS)
def test_a_protocol_can_be_found_and_run(protocol):
    assert find_protocol(protocol.name) is find_protocol(protocol.slug) is protocol
    assert protocol.classifier in CLASSIFIERS
    assert protocol.note


def test_the_papers_protocols_are_those_of_sections_4_and_6():
    trained = {name: protocol.trainable for name, protocol in PROTOCOLS.items() if protocol.trainable}
    assert trained == {"full finetuning": "all", "fc-only": "fc", "32 frames": "all"}
    assert [name for name, protocol in PROTOCOLS.items() if protocol.long_clips] == ["32 frames"]
    svm = PROTOCOLS["linear SVM"]
    assert (svm.features, svm.many_clips, svm.modalities) == ("conv_5", True, ("audio",))


def test_the_table_has_a_row_for_each():
    assert pd.DataFrame(protocols_table())["protocol"].tolist() == list(PROTOCOLS)


@pytest.mark.parametrize(
    ("name", "changes", "message"),
    [
        ("fc-only", {"trainable": "head"}, "'all' or 'fc'"),
        ("fc-only", {"classifier": "svm"}, "any other's is None"),
        ("retrieval", {"classifier": "forest"}, "network, svm, neighbours"),
        ("linear SVM", {"modalities": ("video", "audio")}, "only the audio encoder"),
        ("retrieval", {"modalities": ("smell",)}, "video, audio"),
    ],
)
def test_a_protocol_that_cannot_work_says_so(name, changes, message):
    with pytest.raises(SettingError, match=message):
        replace(PROTOCOLS[name], **changes)


def test_an_unknown_protocol_lists_those_there_are():
    with pytest.raises(SettingError, match="full-finetuning, fc-only"):
        find_protocol("linear probe")
