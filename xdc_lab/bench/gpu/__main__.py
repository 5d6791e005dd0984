"""python -m xdc_lab.bench.gpu: run the GPU check; it needs the package on the path, not installed."""

import argparse
import json
import sys
from pathlib import Path

from xdc_lab.bench.gpu.parts import PARTS, Conditions, run_part
from xdc_lab.bench.gpu.run import run_check


def main() -> int:
    """Run all parts, or as a child process those that are named; 1 if a part failed."""
    parser = argparse.ArgumentParser(prog="python -m xdc_lab.bench.gpu", description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("gpu_check.json"), help="where the results go")
    parser.add_argument("--device", default="cuda", help="cuda, or cpu: a rehearsal")
    parser.add_argument("--small", action="store_true", help="small networks and clips: seconds in place of minutes")
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=list(PARTS), help="these alone")
    parser.add_argument("--child", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    conditions = Conditions(given.device, given.small)
    if given.child:
        for name in given.parts:
            run_part(name, conditions, given.child)
        return 0
    found = run_check(conditions, given.parts, given.out)
    print(json.dumps({name: row.get("error", row["seconds"]) for name, row in found["parts"].items()}, indent=2))
    print(f"{'passed' if found['passed'] else 'FAILED'}: {given.out}")
    return 0 if found["passed"] else 1


if __name__ == "__main__":
    sys.exit(main())
