"""ImageNet's layouts with their traps, and any folder of pictures, as static clips."""

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from xdc_lab.datasets import imagenet
from xdc_lab.datasets.catalogue import LOADERS, describe_data, load_items
from xdc_lab.datasets.check import check_items
from xdc_lab.datasets.clips import ClipDataset
from xdc_lab.datasets.pictures import tracks_of
from xdc_lab.errors import DataError
from xdc_lab.evaluation.splits import official_splits
from xdc_lab.media.probe import PICTURE_SECONDS

FISH, BIRD, MACHINE = "n01440764", "n02012849", "n03126707"
SYNSETS = f"{FISH} tench, Tinca tinca\n{BIRD} crane\n{MACHINE} crane\n"
TRAIN = {FISH: "RGB", BIRD: "CMYK", MACHINE: "PNG"}
VAL = [f"ILSVRC2012_val_{number:08d}" for number in (1, 2)]


def draw(path: Path, kind: str = "RGB") -> None:
    """A picture, red on the left and blue on the right."""
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = np.zeros((40, 60, 3), np.uint8)
    pixels[:, :30, 0] = pixels[:, 30:, 2] = 255
    picture = Image.fromarray(pixels)
    if kind == "PNG":
        picture.save(path, format="PNG")
    else:
        picture.convert(kind).save(path, format="JPEG", quality=95)


def make_with_class_folders(folder: Path) -> None:
    for wnid, kind in TRAIN.items():
        draw(folder / "train" / wnid / f"{wnid}_1.JPEG", kind)
    for name, wnid in zip(VAL, (FISH, MACHINE), strict=True):
        draw(folder / "val" / wnid / f"{name}.JPEG")
    (folder / imagenet.SYNSETS).write_text(SYNSETS)


def make_as_kaggle(folder: Path) -> None:
    make_with_class_folders(folder / "ILSVRC" / "Data" / "CLS-LOC")
    inner = folder / "ILSVRC" / "Data" / "CLS-LOC"
    for path in inner.glob("val/*/*"):
        path.rename(inner / "val" / path.name)
    draw(inner / "test" / "ILSVRC2012_test_00000001.JPEG")
    (inner / imagenet.SYNSETS).rename(folder / imagenet.SYNSETS)
    rows = f"ImageId,PredictionString\n{VAL[1]},{MACHINE} 1 2 3 4 {MACHINE} 5 6 7 8 \n{VAL[0]},{FISH} 85 1 499 272 \n"
    (folder / imagenet.SOLUTION).write_text(rows)


@pytest.mark.parametrize("make", [make_with_class_folders, make_as_kaggle])
def test_it_is_recognised_labelled_and_split_and_every_picture_decodes(tmp_path, make):
    make(tmp_path)
    assert describe_data(tmp_path)["licence"] == imagenet.LICENCE and LOADERS["imagenet"].load is imagenet.load
    assert all([imagenet.NAME, imagenet.CITATION, imagenet.LAYOUT, imagenet.SOURCE])
    items = load_items(tmp_path)
    cranes = [f"crane ({BIRD})", f"crane ({MACHINE})"]
    assert items["label"].tolist() == ["tench, Tinca tinca", *cranes, "tench, Tinca tinca", cranes[1]]
    assert items["split"].tolist() == ["train"] * 3 + ["val"] * 2, "the test pictures have no labels"
    split = official_splits(items)["1"]
    assert (split.train_rows.tolist(), split.test_rows.tolist()) == ([0, 1, 2], [3, 4])
    assert tracks_of(items) == ("video",)
    check = check_items(items, modalities=tracks_of(items), progress=False)
    assert len(check.usable) == 5, str(check)
    assert set(check.usable["duration_seconds"]) == {PICTURE_SECONDS} and check.usable["frame_rate_hz"].isna().all()
    clips = ClipDataset(check.usable, modality="video")
    for item in range(5):
        clip = clips[item].float()
        assert torch.equal(clip, clip[:, :1].expand_as(clip)), "the frame is repeated"
        assert (clip[[0, 2], 0].mean(1).argmax(0)[[0, -1]] == torch.tensor([0, 1])).all(), "red, then blue"
    assert len({clips.uniform(0, 3).numpy().tobytes()[:100]}) == 1


def test_without_names_and_labels_there_are_wnids_or_none(tmp_path):
    make_as_kaggle(tmp_path)
    (tmp_path / imagenet.SYNSETS).unlink()
    (tmp_path / imagenet.SOLUTION).unlink()
    assert load_items(tmp_path)["label"].tolist() == [FISH, BIRD, MACHINE, "", ""]


def test_files_of_names_and_labels_that_are_none(tmp_path):
    make_with_class_folders(tmp_path)
    (tmp_path / imagenet.SOLUTION).write_text("id,boxes\n")
    with pytest.raises(DataError, match="ImageId"):
        load_items(tmp_path)
    (tmp_path / imagenet.SYNSETS).write_text("tench\n")
    with pytest.raises(DataError, match="'tench' is no class"):
        load_items(tmp_path)
    with pytest.raises(DataError, match=r"no folder train/<wnid>.*image-net\.org"):
        imagenet.load(tmp_path / "val")


def test_any_folder_of_pictures_is_static_clips_and_beside_films_they_are_thumbnails(tmp_path):
    draw(tmp_path / "cats" / "one.png", "PNG")
    draw(tmp_path / "dogs" / "two %03d.jpg")
    draw(tmp_path / "dogs" / "two 001.jpg", "L")
    items = load_items(tmp_path)
    assert items["label"].tolist() == ["cats", "dogs", "dogs"]
    usable = check_items(items, modalities=tracks_of(items), progress=False).usable
    clip = ClipDataset(usable, modality="video")[1].float()
    assert clip[0].mean() > clip[1].mean() + 50, "a name with % is no series: grey would be its neighbour"
    assert check_items(items, progress=False).counts["no audio track"] == 3
    (tmp_path / "dogs" / "film.mp4").touch()
    assert [Path(path).name for path in load_items(tmp_path)["path"]] == ["film.mp4"]
    assert tracks_of(load_items(tmp_path)) == ("video", "audio")
