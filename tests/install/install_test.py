"""Installs the build tree, then builds and runs a program outside it, once through find_package and once through pkg-config.

    install_test.py BUILD_DIR SOURCE_DIR"""
import os
import pathlib
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "models"))
from zoo import BY_NAME  # noqa: E402


def run(*command, **options):
    done = subprocess.run([str(c) for c in command], capture_output=True, text=True, **options)
    if done.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))}: exit {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


def main():
    build, source = map(pathlib.Path, sys.argv[1:])
    model = BY_NAME["mnist"].path()
    program = source / "tests/install/program"
    with tempfile.TemporaryDirectory() as folder:
        work = pathlib.Path(folder)
        prefix = work / "usr"
        run("cmake", "--install", build, "--prefix", prefix)
        run("cmake", "-S", program, "-B", work / "build", "-G", "Ninja", f"-DCMAKE_PREFIX_PATH={prefix}")
        run("cmake", "--build", work / "build")
        first = run(work / "build/embedder", model)

        pkgconfig = next(prefix.rglob("onnxrun.pc")).parent
        environment = dict(os.environ, PKG_CONFIG_PATH=str(pkgconfig))
        flags = run("pkg-config", "--cflags", "--libs", "onnxrun", env=environment).split()
        run("c++", program / "main.cpp", *flags, f"-Wl,-rpath,{pkgconfig.parent}", "-o", work / "second")
        second = run(work / "second", model)
        if first != second or len(first.split()) != 12:
            sys.exit(f"outputs differ or are incomplete:\n{first}{second}")
        print(first, run(prefix / "bin/onnx-run", "backends"))
    print("1 passed, 0 failed")


main()
