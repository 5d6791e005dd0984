"""An ONNX file gives the encoder's features, from raw clips and waveforms, in batches of any size."""

import json

import numpy as np
import onnxruntime
import pytest
import torch

from xdc_lab.encoders.catalogue import build_encoder
from xdc_lab.encoders.weights import KEY, describe_encoder, save_encoder
from xdc_lab.media.clip_settings import AudioClipSettings, VideoClipSettings
from xdc_lab.media.inputs import describe_inputs, model_input
from xdc_lab.publishing.onnx_file import export_onnx

VIDEO = VideoClipSettings(frames=4, short_side_px=24, crop_px=20)
AUDIO = AudioClipSettings(window_seconds=0.016)
RAW = {"video": torch.arange(3 * 3 * 4 * 20 * 20).reshape(3, 3, 4, 20, 20).mul(7).to(torch.uint8)}
RAW["audio"] = torch.sin(torch.arange(3 * AUDIO.samples).reshape(3, -1) ** 1.1)


@pytest.mark.parametrize(("modality", "name"), [("video", "r2plus1d_10"), ("audio", "audio_resnet_18")])
def test_features_are_the_same_within_1e_4(modality, name, tmp_path):
    encoder, clip = build_encoder(name, width=4, seed=1).eval(), {"video": VIDEO, "audio": AUDIO}
    file = tmp_path / "encoder.safetensors"
    save_encoder(encoder, file, about={}, inputs=describe_inputs(modality, **clip))
    session = onnxruntime.InferenceSession(export_onnx(file, tmp_path / "encoder.onnx"))
    (features,) = session.run(["features"], {"clips": RAW[modality].numpy()})
    with torch.inference_mode():
        expected = encoder(model_input(modality, **clip)(RAW[modality])).numpy()
    assert np.abs(expected).max() > 0.1
    np.testing.assert_allclose(np.asarray(features), expected, atol=1e-4)
    assert json.loads(session.get_modelmeta().custom_metadata_map[KEY]) == describe_encoder(file)
