"""Damaged files of many kinds, for `check` and a tiny pretraining to survive: `torture.py FOLDER --files 2000`.

It needs the ffmpeg command. The same seed makes the same files; a second call goes on where the first ended. It prints
what was found as JSON, and ends with 1 if a command left a traceback, opened what it must not, or took too much memory.
"""

import argparse
import contextlib
import ctypes
import json
import os
import socket
import struct
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import psutil

SECONDS = 2  # of every film
BASES = (
    "film.mp4", "fragments.mp4", "film.m4v", "film.mov", "film.3gp", "film.flv", "film.mkv", "hevc.mkv", "vp8.webm",
    "vp9.webm", "av1.webm", "film.avi", "h264.avi", "mjpeg.avi", "film.ts", "film.m2ts", "film.mpg", "mpeg1.mpg",
    "film.wmv", "film.ogv", "open_gop.ts", "film.mxf", "interlaced.mpg", "alpha.mov", "six.mkv",
)  # fmt: skip
DROPPED = {
    "no_keyframes": "-c copy -bsf:v noise=drop=key",
    "no_frames": "-c copy -bsf:v noise=drop=1",
    "one_frame": "-map 0:v -map 0:a -c copy -frames:v 1",
}
ENDINGS = ("mp4", "mkv", "ts", "avi")
# Text that names other files and an address; {port} is listened at.
PLAYLISTS = {
    "hls": "#EXTM3U\n#EXTINF:4,\n{other}\n#EXTINF:4,\nhttp://127.0.0.1:{port}/a.ts\n#EXT-X-ENDLIST\n",
    "concat": "ffconcat version 1.0\nfile '{other}'\nfile 'http://127.0.0.1:{port}/a.mp4'\n",
    "dash": '<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static"><Period><AdaptationSet '
    'contentType="video"><Representation id="0" mimeType="video/mp4" bandwidth="9"><BaseURL>{other}</BaseURL>'
    "</Representation></AdaptationSet></Period></MPD>",
    "sdp": "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=video {port} RTP/AVP 96\n"
    "a=rtpmap:96 H264/90000\n",
    "asx": '<asx version="3.0"><entry><ref href="http://127.0.0.1:{port}/a.wmv"/></entry></asx>',
    "pls": "[playlist]\nFile1=http://127.0.0.1:{port}/a.mp3\nFile2={other}\nNumberOfEntries=2\n",
    "rtsp": "RTSPtextrtsp://127.0.0.1:{port}/a\n",
    "subtitles": "# VobSub index file, v7\nsize: 96x64\nid: en, index: 0\ntimestamp: 00:00:00:000, filepos: 00\n",
    "mlv": "MLVI4\0\0\0v2.0\0\0\0\0" + "\0" * 40,
}
OPENED, IN_OPEN = "elsewhere", 0x20
_HUGE_HEADER = struct.pack(">4sII", b"IHDR", 16_000, 16_000)


def truncated(content: bytearray, rng: np.random.Generator) -> bytearray:
    return content[: int(rng.integers(len(content)))]


def flipped(content: bytearray, rng: np.random.Generator) -> bytearray:
    for place in rng.integers(len(content), size=int(2 ** rng.uniform(0, 9))):
        content[place] ^= 1 << int(rng.integers(8))
    return content


def zeroed(content: bytearray, rng: np.random.Generator) -> bytearray:
    for _ in range(rng.integers(1, 5)):
        place, length = int(rng.integers(len(content))), int(len(content) * rng.uniform(0.005, 0.1))
        content[place : place + length] = bytes(len(content[place : place + length]))
    return content


def other_header(content: bytearray, rng: np.random.Generator) -> bytearray:
    length = int(2 ** rng.uniform(2, 11))
    content[:length] = rng.bytes(length)
    return content


def huge_sizes(content: bytearray, rng: np.random.Generator) -> bytearray:
    """Some numbers of four bytes near the beginning or the end, where headers are, become huge."""
    for _ in range(rng.integers(1, 9)):
        place = int(rng.integers(min(3000, len(content) - 4)))
        place = place if rng.random() < 0.7 else len(content) - 4 - place
        content[place : place + 4] = struct.pack(">I", int(rng.choice([2**32 - 1, 2**31 - 1, 2**30, 2**24, 65_535])))
    return content


def gapped(content: bytearray, rng: np.random.Generator) -> bytearray:
    place, length = int(rng.integers(len(content))), int(len(content) * rng.uniform(0.01, 0.5))
    del content[place : place + length]
    return content


def repeated(content: bytearray, rng: np.random.Generator) -> bytearray:
    """A part of the file once more, somewhere else: boxes and time stamps that contradict each other."""
    place, target = rng.integers(len(content), size=2)
    part = content[place : place + int(len(content) * rng.uniform(0.01, 0.3))]
    return content[:target] + part + content[target:]


MUTATIONS: dict[str, Callable[[bytearray, np.random.Generator], bytearray]] = {
    mutate.__name__: mutate for mutate in (truncated, flipped, zeroed, other_header, huge_sizes, gapped, repeated)
}


def make_corpus(folder: Path, *, files: int, seed: int, port: int) -> None:
    """Write the bases, playlists and mutations that are not there yet."""
    from test_against_ffmpeg import MADE, SOURCES, ffmpeg  # beside this command, on no other path

    bases, videos = folder / "bases", folder / "videos"
    for made in (bases, videos, folder / OPENED):
        made.mkdir(parents=True, exist_ok=True)
    if not (bases / "done").exists():
        sources = SOURCES.replace("d=2", f"d={SECONDS}")
        ffmpeg(f"-v error {sources} " + " ".join(f"{MADE[name]} -threads 1 {name}" for name in BASES), bases)
        for kind, options in DROPPED.items():
            copies = " ".join(f"{options} {kind}.{ending}" for ending in ENDINGS)
            ffmpeg(f"-v fatal -i film.mp4 {copies}", bases)
        ffmpeg("-v error -i film.ts -c copy -output_ts_offset 50000 later.ts", bases)
        (bases / "done").touch()
    (folder / OPENED / "neighbour.mp4").write_bytes((bases / "film.mp4").read_bytes())
    for kind, text in PLAYLISTS.items():
        for other in (f"../{OPENED}/neighbour.mp4", f"{folder.resolve()}/{OPENED}/neighbour.mp4"):
            (videos / f"{kind}_{other[0] == '/':d}.mp4").write_text(text.format(other=other, port=port))
    (videos / "mlv_0.m00").write_bytes((bases / "film.mp4").read_bytes())
    for dropped in DROPPED:
        for ending in ENDINGS:
            (videos / f"{dropped}.{ending}").write_bytes((bases / f"{dropped}.{ending}").read_bytes())
    (videos / "jump_of_14_hours.ts").write_bytes((bases / "film.ts").read_bytes() + (bases / "later.ts").read_bytes())
    huge = (bases / "alpha.mov").read_bytes().replace(struct.pack(">4sII", b"IHDR", 96, 64), _HUGE_HEADER)
    (videos / "huge_picture.mov").write_bytes(huge)
    for number in range(files - len(list(videos.glob("[!0-9]*.*[!0]")))):
        rng = np.random.default_rng([seed, number])
        base, name = BASES[number % len(BASES)], list(MUTATIONS)[number // len(BASES) % len(MUTATIONS)]
        path = videos / f"{number:05d}_{name}_{base}"
        if not path.exists():
            path.write_bytes(MUTATIONS[name](bytearray((bases / base).read_bytes()), rng))


@contextlib.contextmanager
def watched(folders: list[Path]) -> Iterator[set[str]]:
    """The names of files in these folders that any process opens meanwhile (Linux's inotify)."""
    libc, names, over = ctypes.CDLL(None, use_errno=True), set(), threading.Event()
    handle = libc.inotify_init1(os.O_NONBLOCK)
    for folder in folders:
        assert libc.inotify_add_watch(handle, os.fsencode(folder), IN_OPEN) > 0

    def read() -> None:
        while not over.wait(0.05):
            with contextlib.suppress(BlockingIOError):
                events = os.read(handle, 1 << 20)
                while events:
                    length = struct.unpack_from("iIII", events)[3]
                    names.add(os.fsdecode(events[16 : 16 + length].rstrip(b"\0")))
                    events = events[16 + length :]

    reader = threading.Thread(target=read)
    reader.start()
    try:
        yield names
    finally:
        time.sleep(0.1)
        over.set()
        reader.join()
        os.close(handle)


@contextlib.contextmanager
def listening() -> Iterator[tuple[int, list[str]]]:
    """A port of this machine, and who connected to it."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.1)
        callers, over = [], threading.Event()

        def wait() -> None:
            while not over.is_set():
                with contextlib.suppress(TimeoutError):
                    callers.append(str(server.accept()[1]))

        waiter = threading.Thread(target=wait)
        waiter.start()
        try:
            yield server.getsockname()[1], callers
        finally:
            over.set()
            waiter.join()


def measured(command: list[str], log: Path) -> dict:
    """Run a command of the project; its seconds, exit code, peak memory and handles over time."""
    begun, memory, handles = time.monotonic(), [0], []
    with log.open("w") as told:
        running = psutil.Popen([sys.executable, "-m", "xdc_lab.cli", *command], stdout=told, stderr=told)
        while running.poll() is None:
            with contextlib.suppress(psutil.Error):
                processes = [running, *running.children(recursive=True)]
                memory.append(sum(process.memory_full_info().pss for process in processes))  # shared pages once
                handles.append(sum(process.num_fds() for process in processes))
            time.sleep(0.5)
    half = len(handles) // 2
    return {
        "command": command[0],
        "seconds": round(time.monotonic() - begun, 1),
        "exit_code": running.returncode,
        "peak_mb": max(memory) // 2**20,
        "most_handles": [max(part, default=0) for part in (handles[:half], handles[half:])],
        "traceback": "Traceback" in log.read_text(errors="replace"),
    }


def torture(folder: Path, *, files: int, seed: int) -> dict:
    """Make the corpus, check it, pretrain on what is usable; what was measured."""
    with listening() as (port, callers):
        make_corpus(folder, files=files, seed=seed, port=port)
        videos = folder / "videos"
        pretrain = [
            "pretrain",
            "--scale",
            "tiny",
            "--method",
            "SDC",
            "--k",
            "4",
            "--set",
            "unreadable_share=1",
            "--set",
            "iterations=1",
        ]
        with watched([videos, folder / OPENED]) as opened:
            runs = [
                measured(["check", str(videos)], folder / "check.log"),
                measured([*pretrain, "--data", str(videos), "--out", str(folder / "run")], folder / "pretrain.log"),
            ]
    strangers = sorted(opened & {"neighbour.mp4", "mlv_0.m00"})
    return {"files": files, "seed": seed, "runs": runs, "opened": strangers, "connections": callers}


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--files", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=0)
    chosen = parser.parse_args()
    found = torture(chosen.folder, files=chosen.files, seed=chosen.seed)
    print(json.dumps(found))
    is_bad = any(run["traceback"] or run["exit_code"] not in (0, 1) or run["peak_mb"] > 2000 for run in found["runs"])
    return int(is_bad or bool(found["opened"]) or bool(found["connections"]))


if __name__ == "__main__":
    sys.exit(main())
