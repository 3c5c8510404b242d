"""The `pulumi-codat` command."""


def main() -> None:
    """Parse and run."""
