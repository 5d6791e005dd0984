"""On PYTHONPATH it shows xdc_lab what Windows has: no POSIX-only name, no fork, no file that moves while it is open.

Processes that this one starts inherit it. It cannot show what Windows does with drives, backslashes and consoles.
"""

import builtins
import importlib
import json
import multiprocessing
import os
import sys
from pathlib import Path
from types import ModuleType

LACKING = json.loads((Path(__file__).parent / "lacking.json").read_text(encoding="utf-8"))
_import, _shown = builtins.__import__, dict[str, ModuleType]()


def _as_there(name: str) -> ModuleType:
    """A copy of a module without what Windows lacks."""
    if name not in _shown:
        whole = importlib.import_module(name)
        _shown[name] = ModuleType(name)
        vars(_shown[name]).update({key: value for key, value in vars(whole).items() if key not in LACKING[name]})
    return _shown[name]


def _import_as_there(name, globals=None, locals=None, fromlist=(), level=0):
    if level == 0 and name in LACKING and _is_ours((globals or {}).get("__name__", "")):
        if not LACKING[name]:
            raise ModuleNotFoundError(f"No module named '{name}'", name=name)
        return _as_there(name)
    return _import(name, globals, locals, fromlist, level)


def _is_ours(module: str) -> bool:
    return module.partition(".")[0] == "xdc_lab"


def _stays_while_open(event: str, arguments: tuple) -> None:
    if event not in ("os.rename", "os.remove"):
        return
    caller = sys._getframe(1)
    while caller and caller.f_globals.get("__name__") in ("os", "pathlib", "shutil", "contextlib"):
        caller = caller.f_back
    if caller is None or not _is_ours(caller.f_globals.get("__name__", "")):
        return
    held = {line.split(maxsplit=5)[-1].strip() for line in Path("/proc/self/maps").read_text().splitlines()}
    for handle in os.listdir("/proc/self/fd"):
        if os.path.exists(f"/proc/self/fd/{handle}"):
            held.add(os.path.realpath(f"/proc/self/fd/{handle}"))
    for path in arguments[: 2 if event == "os.rename" else 1]:
        if isinstance(path, (str, os.PathLike)) and os.path.realpath(path) in held:
            raise PermissionError(13, "The process cannot access the file because it is being used", os.fspath(path))


builtins.__import__ = _import_as_there
multiprocessing.get_all_start_methods = lambda: ["spawn"]
multiprocessing.set_start_method("spawn")
sys.addaudithook(_stays_while_open)
