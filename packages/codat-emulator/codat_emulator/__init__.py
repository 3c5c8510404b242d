"""An emulated Codat on loopback, never more forgiving than the real service is known to be.

It serves the part of Codat's API that manages integration settings, and the part that pushes bank transactions, to
three accounts with fixed ids and keys, and to those that are posted to `/_emulator/accounts`: `running` from a thread,
`serve` in the foreground. What is published nowhere is emulated in its most inconvenient reading, and the docstring
beside it says that this was our choice.
"""

from codat_emulator._accounts import Account
from codat_emulator._database import EmulatorError
from codat_emulator._server import Emulator, running, serve

__all__ = ["Account", "Emulator", "EmulatorError", "running", "serve"]
