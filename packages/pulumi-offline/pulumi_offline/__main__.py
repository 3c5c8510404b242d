"""`python -m pulumi_offline`."""

from pulumi_offline.command import offline_group

offline_group("pulumi_offline")(prog_name="python -m pulumi_offline")
