"""Encoders load where this package is not: by docs/encoders.md with PyTorch alone, and through torch.hub."""

import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from xdc_lab.encoders.catalogue import ENCODERS, build_encoder
from xdc_lab.encoders.weights import save_encoder
from xdc_lab.media.clip_settings import AudioClipSettings
from xdc_lab.media.inputs import describe_inputs, model_input

ROOT = Path(__file__).parents[2]
TESTED = re.compile(r"<!-- tested: tests/encoders/test_without_package.py -->\n```python\n(.*?)```", re.DOTALL)
AUDIO = AudioClipSettings(window_seconds=0.016, log_mean=-4.0)  # not the defaults
USE = """
import pathlib
import sys

for path in sorted(pathlib.Path(sys.argv[1]).glob("*.safetensors")):
    weights, described = read(path)
    raw = torch.load(path.with_suffix(".pt"), weights_only=True)
    with torch.inference_mode():
        torch.save(features(prepare(raw, described["inputs"]), weights, described["name"]), path.with_suffix(".out"))
"""


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_the_code_of_the_docs_gives_the_same_features(tmp_path):
    code = TESTED.search((ROOT / "docs" / "encoders.md").read_text())
    assert code is not None
    generator = torch.Generator().manual_seed(0)
    expected = {}
    for name, entry in ENCODERS.items():
        encoder, video = build_encoder(name, width=4, seed=5).eval(), entry.modality == "video"
        for key, value in encoder.state_dict().items():  # a mean of 0 and a variance of 1 would hide a mistake
            if key.endswith(("running_mean", "running_var", "bias")):
                value.uniform_(0.5, 1.5, generator=generator)
        raw = torch.randint(0, 256, (2, 3, 4, 20, 24), generator=generator, dtype=torch.uint8)
        raw = raw if video else torch.randn(2, AUDIO.samples, generator=generator) / 10
        torch.save(raw, tmp_path / f"{name}.pt")
        inputs = describe_inputs(entry.modality, audio=AUDIO)
        save_encoder(encoder, tmp_path / f"{name}.safetensors", about={}, inputs=inputs)
        with torch.inference_mode():
            expected[name] = encoder(model_input(entry.modality, audio=AUDIO)(raw))
    script = "import sys\nsys.modules['xdc_lab'] = sys.modules['torchvision'] = sys.modules['torchaudio'] = None\n"
    (tmp_path / "script.py").write_text(script + code[1] + USE)
    subprocess.run([sys.executable, "script.py", "."], cwd=tmp_path, check=True)
    for name, features in expected.items():
        found = torch.load(tmp_path / f"{name}.out", weights_only=True)
        np.testing.assert_allclose(found, features, rtol=1e-4, atol=1e-5, err_msg=name)


def test_torch_hub_finds_encoders(tmp_path):
    file = tmp_path / "encoder.safetensors"
    save_encoder(build_encoder("audio_resnet_18", width=4, seed=5), file, about={})
    encoder = torch.hub.load(str(ROOT), "load_encoder", file, source="local")
    assert encoder.feature_dim == 32
    assert torch.hub.load(str(ROOT), "build_encoder", "r2plus1d_10", width=4, source="local").modality == "video"
