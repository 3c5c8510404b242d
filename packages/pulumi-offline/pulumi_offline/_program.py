"""Runs a Pulumi program: connects the SDK to the engine, runs `__main__.py` in a stack, reports how it failed.

Executed by path in the project's interpreter, so it uses nothing but the standard library and `pulumi` itself.
Source: measured on the pulumi CLI; exit code 32 says that the error is already shown, and
an interrupt ends the program as it ends any other.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import runpy
import sys
import threading
import time
import traceback
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

_ORPHAN_CHECK_SECONDS = 1.0
_SHOWN = 32

try:
    import pulumi
    import pulumi.runtime
except ImportError:
    print(traceback.format_exc(), file=sys.stderr)  # noqa: T201 - there is no engine to tell it to yet
    print(  # noqa: T201 - same reason
        f"The Pulumi SDK cannot be imported by {sys.executable}: install `pulumi` into that environment.",
        file=sys.stderr,
    )
    sys.exit(1)


def main() -> int:
    """The process's exit code."""
    arguments = _arguments()
    threading.Thread(target=_leave_with, args=(os.getppid(),), daemon=True).start()
    _configure(arguments)
    sys.argv = [arguments.program]
    os.chdir(arguments.pwd)
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    executor = ThreadPoolExecutor(max_workers=max(arguments.parallel, 1) * 4)
    loop.set_default_executor(executor)
    # because a program that failed leaves futures behind that nobody awaits, which asyncio would complain about
    logging.getLogger("asyncio").setLevel(logging.CRITICAL)
    try:
        loop.run_until_complete(pulumi.runtime.run_in_stack(lambda: _run(arguments.program)))
    except pulumi.RunError as error:
        pulumi.log.error(str(error))
        return 1
    except Exception:  # noqa: BLE001 - whatever the program raised is shown
        pulumi.log.error("Program failed with an unhandled exception:\n" + _user_traceback(arguments.program))
        return _SHOWN
    finally:
        executor.shutdown(wait=True)
        loop.close()
        sys.stdout.flush()
        sys.stderr.flush()
    return 0


def _leave_with(parent: int) -> None:
    """End when the engine is gone, because the SDK would wait for its answers for ever."""
    while os.getppid() == parent:
        time.sleep(_ORPHAN_CHECK_SECONDS)
    os._exit(1)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    for option in ("monitor", "engine", "project", "root_directory", "stack", "pwd", "dry_run", "organization"):
        parser.add_argument(f"--{option}", required=True)
    parser.add_argument("--parallel", type=int, required=True)
    parser.add_argument("program")
    return parser.parse_args()


def _configure(arguments: argparse.Namespace) -> None:
    pulumi.runtime.set_all_config(pulumi.runtime.get_config_env(), pulumi.runtime.get_config_secret_keys_env())
    pulumi.runtime.configure(
        pulumi.runtime.Settings(
            monitor=arguments.monitor,
            engine=arguments.engine,
            project=arguments.project,
            stack=arguments.stack,
            parallel=arguments.parallel,
            dry_run=arguments.dry_run == "true",
            organization=arguments.organization,
            root_directory=arguments.root_directory,
        )
    )


def _run(program: str) -> None:
    if not (Path(program) / "__main__.py").exists():
        pulumi.log.error(f"unable to find main python program `__main__.py` in `{Path(program).resolve()}`")
        sys.exit(_SHOWN)
    runpy.run_path(program, run_name="__main__")


def _user_traceback(program: str) -> str:
    """The traceback from the program's own first frame on; the whole one when the program has no frame in it."""
    main = str(Path(program).resolve() / "__main__.py")
    frames = traceback.extract_tb(sys.exc_info()[2])
    for index, frame in enumerate(frames):
        if os.path.realpath(frame.filename) == os.path.realpath(main):
            return traceback.format_exc(limit=index - len(frames))
    return traceback.format_exc()


if __name__ == "__main__":
    sys.exit(main())
