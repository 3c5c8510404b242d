"""Words for the person in the pipeline, from inside the provider process and from inside the program."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from types import TracebackType

__all__ = ["is_provider_process", "one_line_errors", "quiet_interrupts", "say", "warn"]

_PROVIDER: Final = "pulumi.dynamic.__main__"
_LANGUAGE_HOST: Final = "pulumi-language-python-exec"
_SECONDS: Final = 5


def is_provider_process() -> bool:
    """Whether this is the process that the engine started as `python -m pulumi.dynamic`."""
    spec = getattr(sys.modules.get("__main__"), "__spec__", None)
    return spec is not None and spec.name == _PROVIDER


def one_line_errors() -> None:
    """Keep tracebacks out of the provider's errors, because SDKs since 3.264 send the whole of them to the engine."""
    if is_provider_process():
        sys.tracebacklimit = 0


def warn(message: str) -> None:
    """Show a warning: as the engine's own where there is one, else on stderr.

    The engine's address is the provider process's last argument; the SDK gives a dynamic provider no other way.
    """
    if is_provider_process() and _log_to_engine(sys.argv[-1], message):
        return
    say(f"warning: {message}")


def say(line: str) -> None:
    """Write a line to stderr, which the engine shows; in one piece, because several threads may speak at once."""
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()


def _log_to_engine(address: str, message: str) -> bool:
    # because a program that only imports the package must not pay for grpc
    import grpc  # noqa: PLC0415
    from pulumi.runtime.proto import engine_pb2, engine_pb2_grpc  # noqa: PLC0415

    request = engine_pb2.LogRequest(severity=engine_pb2.WARNING, message=message)
    try:
        with grpc.insecure_channel(address) as channel:
            engine_pb2_grpc.EngineStub(channel).Log(request, timeout=_SECONDS)
    except (grpc.RpcError, ValueError):
        return False
    return True


def quiet_interrupts() -> None:
    """Drop the KeyboardInterrupt traceback that the language host provokes when it ends a program after a failure.

    Only under the language host: anywhere else an interrupt is the person's own, and stays visible.
    """
    # because the language host replaces sys.argv by the program's own
    if (
        not any(word.endswith(_LANGUAGE_HOST) for word in sys.orig_argv)
        or getattr(sys.excepthook, "__module__", "") == __name__
    ):
        return
    previous = sys.excepthook

    def quiet(kind: type[BaseException], error: BaseException, traceback: TracebackType | None) -> None:
        if not issubclass(kind, KeyboardInterrupt):
            previous(kind, error, traceback)

    sys.excepthook = quiet
