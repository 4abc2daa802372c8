"""Exits with 1 unless two files of JSON lines that `onnx-run batch` has written agree: same rows, numbers within 0.002.

    same_scores.py WANT GOT"""
import json
import sys

TOLERANCE = 2e-3


def same(a, b):
    if isinstance(a, float) or isinstance(b, float):
        return abs(a - b) <= TOLERANCE
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all(same(a[k], b[k]) for k in a)
    return a == b


def main():
    want, got = ([json.loads(line) for line in open(path, encoding="utf-8")] for path in sys.argv[1:])
    different = [i for i, (a, b) in enumerate(zip(want, got)) if not same(a, b)]
    if len(want) != len(got) or different:
        sys.exit(f"{sys.argv[2]}: {len(got)} rows, want {len(want)}; rows that differ: {different}")
    print(f"{len(got)} rows as in {sys.argv[1]}")


main()
