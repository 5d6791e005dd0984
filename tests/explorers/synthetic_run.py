"""Make run folders for the tests: real small MP4 files, clusters that half follow the labels, hostile names."""

import json
from pathlib import Path

import numpy as np
import pandas as pd

from xdc_lab.clustering.clusters_file import Clusters, save_clusters
from xdc_lab.datasets.items import make_items, write_items
from xdc_lab.media.writer import write_video
from xdc_lab.methods import METHODS
from xdc_lab.runs.folder import RunFolder

LABELS = ("play bagpipes", "scuba diving", "snorkeling", "feeding fish", "swim backstroke", "golf putting")
HOSTILE = (
    "</script><script>alert(1)</script>",
    "\"quotes\" and 'more' &amp; <b>bold</b>",
    "\u202eright to left\u202c מימין",
    "🤿🐟 emoji \u2028 line",
    "x" * 10_000,
    "{{template}} ${code} `tick` \\u003c",
)
SETTINGS = [
    {"name": "iterations", "value": 3, "default": 6, "source": "ours", "note": "changed from 6 (paper)"},
    {"name": "video.frames", "value": 4, "default": 8, "source": "ours", "note": "changed from 8 (paper)"},
    {"name": "video.frame_rate_hz", "value": 5.0, "default": 30.0, "source": "ours", "note": "faster tests"},
    {"name": "audio.mels", "value": 40, "default": 40, "source": "paper", "note": "4.1: Q = 40"},
]


def make_run(
    folder: str | Path,
    *,
    clips: int = 60,
    k: dict[str, int] | None = None,
    labels: tuple[str, ...] = LABELS,
    method: str = "XDC",
    media: int = 0,
    items: pd.DataFrame | None = None,
    iterations: int = 3,
    seed: int = 0,
) -> Path:
    """Write a run folder; the first `media` clips are real files, the others are missing."""
    run, random = RunFolder(folder), np.random.default_rng(seed)
    spec = METHODS[method]
    if items is None:
        items = _items(run.path / "media", clips, labels, media, random)
    write_items(make_items(items), run.items)
    run.report.mkdir(parents=True, exist_ok=True)
    codes = np.unique(items["label"].to_numpy(str), return_inverse=True)[1]
    for encoder in spec.encoders:
        features = 3 * random.normal(size=(codes.max() + 1, 8))[codes] + random.normal(size=(len(items), 8))
        run.features(encoder).parent.mkdir(exist_ok=True)
        np.save(run.features(encoder), features.astype(np.float32))
    for iteration in range(iterations):
        noise = 0.9 - 0.6 * iteration / max(1, iterations - 1)
        for name in spec.clusterings:
            clusters = _clusters(codes, (k or {}).get(name, min(8, len(items))), noise, name, random)
            save_clusters(clusters, run.clusters(name, iteration=iteration))
    about = {
        "id": f"synthetic-{method}-s{seed}",
        "kind": "pretrain",
        "created": "2020-10-26T12:00:00",
        "status": "finished",
        "command": f"xdc-lab pretrain --method {method}",
        "seed": seed,
        "settings": SETTINGS,
        "wall_seconds": 61.0,
        "method": {
            "name": method,
            "encoders": dict(spec.encoders),
            "supervision": {name: list(c) for name, c in spec.supervision.items()},
            "clusterings": {name: list(e) for name, e in spec.clusterings.items()},
        },
        "data": {"name": "synthetic clips", "licence": "CC0"},
        "environment": {"python": "3.11", "packages": {"torch": "2.9"}, "device": "CPU"},
    }
    run.write_about(json.loads(json.dumps(about)))
    return run.path


def _items(folder: Path, clips: int, labels: tuple[str, ...], media: int, random) -> pd.DataFrame:
    rows = []
    for number in range(clips):
        path = folder / f"clip {number:04d}.mp4"
        if number < media:
            write_clip(path, number, random, silent=number == 1)
        label = labels[number % len(labels)] if labels else ""
        rows.append({"path": str(path), "label": label, "duration_seconds": 2.4})
    return pd.DataFrame(rows)


def write_clip(path: Path, number: int, random, *, silent: bool = False) -> None:
    """A moving disk on a plain ground, with a tone of its own."""
    seconds, rate = 2.4, 10
    y, x = np.mgrid[0:72, 0:96]
    ground, disk = random.integers(30, 120, 3), random.integers(130, 255, 3)
    frames = np.empty((int(seconds * rate), 72, 96, 3), np.uint8)
    for t, frame in enumerate(frames):
        inside = (x - 16 - 2.6 * t) ** 2 + (y - 36 - 20 * np.sin(0.5 * t + number)) ** 2 < 120
        frame[:] = np.where(inside[..., None], disk, ground)
    times = np.arange(int(seconds * 16_000)) / 16_000
    tone = 0.4 * np.sin(2 * np.pi * (180 + 60 * (number % 12)) * times) * (np.sin(9 * times + number) > 0)
    write_video(path, frames, frame_rate_hz=rate, waveform=None if silent else tone.astype(np.float32))


def _clusters(codes: np.ndarray, k: int, noise: float, name: str, random) -> Clusters:
    """Labels into clusters: those next to each other share one on audio, those two apart on video."""
    near = (codes // 2 if "audio" in name else (codes + 1) // 2 + 3) % k
    own = (near * 3 + random.integers(0, 2, len(codes))) % k
    assignment = np.where(random.random(len(codes)) < noise, random.integers(0, k, len(codes)), own)
    for cluster in set(range(k)) - set(assignment.tolist()):  # k-means leaves none empty
        sizes = np.bincount(assignment, minlength=k)
        assignment[np.flatnonzero(assignment == sizes.argmax())[0]] = cluster
    distance = np.abs(random.normal(0.5, 0.15, len(codes))) + 0.3 * (assignment != own)
    about = {"k": k, "inertia": float((distance**2).sum())}
    return Clusters(assignment.astype(np.int64), distance.astype(np.float64), random.normal(size=(k, 4)), about)


def flat_maps(run: Path, *, seed: int = 0) -> dict[str, pd.DataFrame]:
    """Maps without UMAP, which takes half a minute to compile."""
    random, about = np.random.default_rng(seed), json.loads((run / "run.json").read_text())
    count = len(pd.read_csv(run / "items.csv"))
    centre = np.arange(count) % 6 / 6
    return {
        encoder: pd.DataFrame(
            {
                "item": range(count),
                "x": (centre + 0.1 * random.random(count)) % 1,
                "y": (centre * 5 % 1 + 0.1 * random.random(count)) % 1,
            }
        )
        for encoder in about["method"]["encoders"]
    }
