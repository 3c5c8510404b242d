"""What was recorded on the pulumi CLI and is replayed on the offline engine: programs, and commands in order."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

__all__ = ["PROGRAMS", "Command", "ConfigChange", "Program", "StateChange", "StateLoss", "WorldChange"]

_ROOT = "shop-dev"


@dataclass(frozen=True)
class Command:
    """A command line without `--stack` and `--yes`, and what the environment adds."""

    line: str
    environ: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class ConfigChange:
    """The stack's configuration is another one from now on."""

    text: str


@dataclass(frozen=True)
class WorldChange:
    """Someone changes a thing by hand, or (`properties` is None) deletes it."""

    id: str
    properties: dict[str, Any] | None = None


@dataclass(frozen=True)
class StateChange:
    """The state is edited as `pulumi state` commands do."""

    name: str
    fields: dict[str, Any]

    def applied(self, document: dict[str, Any]) -> dict[str, Any]:
        """An exported state whose secrets are shown, with the change."""
        deployment = document["deployment"]
        resources = [
            resource | self.fields if resource["urn"].endswith(f"::{self.name}") else resource
            for resource in deployment["resources"]
        ]
        return {**document, "deployment": {**deployment, "resources": resources}}


@dataclass(frozen=True)
class StateLoss:
    """Things are lost from the state, and there is a file to import them again, some with other inputs.

    With `everything` the rest is lost too, and only what needs none of it is imported.
    """

    inputs: dict[str, dict[str, Any]] = field(default_factory=dict)
    everything: bool = False

    def applied(self, document: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
        """What is left of an exported state whose secrets are shown, and the import file."""
        resources = document["deployment"]["resources"]
        things = [resource for resource in resources if resource["type"].endswith(":Thing")]
        kept = [resource for resource in resources if resource not in things]
        table = {resource["urn"].rpartition("::")[2]: resource["urn"] for resource in kept}
        names = {urn: name for name, urn in table.items()}
        left = {**document, "deployment": {**document["deployment"], "resources": [] if self.everything else kept}}
        entries = [self._entry(thing, names) for thing in things]
        if self.everything:
            table, entries = {}, [entry for entry in entries if not {"parent", "provider"} & set(entry)]
        return left, {"nameTable": table, "resources": entries}

    def _entry(self, thing: dict[str, Any], names: dict[str, str]) -> dict[str, Any]:
        name = thing["urn"].rpartition("::")[2]
        near = {"parent": names[thing["parent"]], "provider": names[thing["provider"].rpartition("::")[0]]}
        inputs = thing["inputs"] | self.inputs.get(name, {})
        entry = {"type": thing["type"], "name": name, "id": thing["id"], "inputs": inputs, "outputs": thing["outputs"]}
        return entry | {key: other for key, other in near.items() if other not in ("default", _ROOT)}


@dataclass(frozen=True)
class Program:
    """A program's text and what is done with it. `description` is added to Pulumi.yaml; `config` is the stack's."""

    text: str
    steps: tuple[Command | ConfigChange | StateChange | StateLoss | WorldChange, ...]
    description: str = ""
    config: str = "  things:region: south\n"


def _run(line: str, **environ: str) -> Command:
    return Command(line, environ)


_LIFE = Program(
    """
    class Box(pulumi.ComponentResource):
        def __init__(self, name):
            super().__init__("my:mod:Box", name, None)
            if os.environ.get("INNER", "1") == "1":
                Thing("inner", size=3, opts=Opts(parent=self))
            self.register_outputs({"label": "box"})
    a = Thing("a", size=int(os.environ.get("SIZE", "1")), name=os.environ.get("NAME"))
    Box("box")
    if os.environ.get("B", "1") == "1":
        Thing("b", tags={"of": a.mark}, opts=Opts(
            protect=os.environ.get("PROTECT") == "1" or None, retain_on_delete=os.environ.get("RETAIN") == "1" or None))
    pulumi.export("mark", a.mark)
    """,
    (
        _run("preview"),
        _run("up"),
        _run("preview --diff"),
        _run("up --skip-preview", SIZE="2"),
        _run("preview", NAME="a2"),
        _run("up --skip-preview", NAME="a2"),
        _run("up --diff", NAME="a3", THINGS_DELETE_FIRST="1"),
        _run("preview --diff", NAME="a3", B="0", INNER="0"),
        _run("up --skip-preview", NAME="a3", B="0", INNER="0"),
        WorldChange("a3-0"),
        _run("preview --refresh", NAME="a3", B="0", INNER="0"),
        _run("refresh --diff"),
        _run("up --skip-preview", NAME="a3", PROTECT="1", RETAIN="1"),
        WorldChange("a3-0", {"size": 9}),
        _run("refresh --preview-only --diff"),
        _run("refresh --expect-no-changes"),
        _run("preview --expect-no-changes", NAME="a3", PROTECT="1", RETAIN="1"),
        _run("up --refresh", NAME="a3"),
        _run("destroy --preview-only --diff"),
        _run("destroy"),
        _run("refresh"),
    ),
)

_VALUES = Program(
    """
    tags = {"l": [1, 2.5, {"x": os.environ.get("X", "1")}], "t": True, "s": os.environ.get("S", "one\\ntwo\\nthree"),
            "j": '{"a": ' + os.environ.get("J", "1") + '}', "e": [], "o": {}}
    secret = pulumi.Config().require_secret("token")
    a = Thing("a", tags=tags, key=secret)
    b = Thing("b", tags={"deep": {"token": secret, "mark": a.mark}}, opts=Opts(
        ignore_changes=["size"] if os.environ.get("IGNORE") else None, additional_secret_outputs=["mark"]),
        size=int(os.environ.get("SIZE", "1")))
    c = Thing("c", tags={"thing": a, "id": a.id, "urn": a.urn})
    pulumi.export("thing", a)
    pulumi.export("list", [a.mark, {"secret": secret, "n": None}])
    pulumi.export("text", "one\\ntwo")
    """,
    (
        _run("preview --diff"),
        _run("up --diff"),
        _run("up"),
        _run("preview --diff", X="2", S="one\nTWO\nthree", J="2"),
        _run("up", X="2", S="one\nTWO\nthree", J="2"),
        _run("up --skip-preview", SIZE="5", IGNORE="1"),
        _run("preview --diff", SIZE="5"),
        WorldChange("a-0", {"key": "changed by hand", "tags": {"l": [9]}}),
        _run("preview --refresh --diff"),
        _run("refresh --diff"),
        _run("up --diff"),
        _run("destroy --skip-preview --diff"),
    ),
    config=(
        "  shop:token:\n    secure: v1:0Hx1RYoHT7zsuxAb:jCOO7Vi+pq9NPtuyhaOVyqv0ieg9Ng==\n"
        "  shop:object: {a: [1, 2.5, true], b: yes}\n"
    ),
)

_CASCADE = Program(
    """
    env = os.environ.get
    class Box(pulumi.ComponentResource):
        def __init__(self, name, opts=None):
            super().__init__("my:mod:Box", name, {"in": "x"}, opts)
    a = Thing("a", size=int(env("SIZE", "1")), name=env("NAME"), opts=Opts(delete_before_replace=True))
    b = Thing("b", name=a.mark.apply(lambda mark: mark.replace("/", "-")))
    Thing("c", tags={"of": b.mark})
    p = Provider(env("P", "p"), Opts(aliases=[Alias(name="p")]), region=a.mark, key=pulumi.Output.secret("hush"))
    Thing("e", opts=Opts(provider=p))
    box = Box(env("BOX", "box"), Opts(aliases=[Alias(name="box")]))
    f = Thing("f", size=int(env("FS", "1")), opts=Opts(
        parent=box if env("MOVE") else None,
        aliases=[Alias(parent=pulumi.ROOT_STACK_RESOURCE)] if env("MOVE") else None,
        replace_on_changes=["size"], delete_before_replace=env("FIRST") == "1" or None))
    Thing("g", tags={"f": f.mark}, opts=Opts(parent=f))
    """,
    (
        _run("preview --refresh=false"),
        _run("up"),
        _run("up", NAME="a2"),
        _run("preview --diff", NAME="a2", SIZE="2"),
        _run("up --refresh=false --skip-preview", NAME="a2", SIZE="2"),
        _run("up --skip-preview", NAME="a2", SIZE="2", P="q", BOX="case", FS="2"),
        _run("up --skip-preview", NAME="a2", SIZE="2", P="q", BOX="case", FS="3", FIRST="1"),
        _run("preview --diff", NAME="a2", SIZE="2", P="q", BOX="case", FS="3", MOVE="1"),
        _run("up --skip-preview", NAME="a2", SIZE="2", P="q", BOX="case", FS="3", MOVE="1"),
        _run("destroy --skip-preview"),
    ),
    description="options:\n  refresh: always\n",
)

_FAILURES = Program(
    """
    env = os.environ.get
    a = Thing("a", size=int(env("SIZE", "1")), name=env("NAME"))
    b = Thing("b", tags={"of": a.mark}, opts=Opts(protect=env("PROTECT") == "1" or None))
    Thing("c", size=int(env("SIZE", "1")), opts=Opts(depends_on=[b]))
    pulumi.export("mark", a.mark)
    if env("BAD"): raise pulumi.RunError("bad program")
    if env("EXIT"): import sys; sys.exit(int(env("EXIT")))
    if env("LOG"): pulumi.log.error("logged", resource=b)
    pulumi.export("b", b.mark)
    """,
    tuple(
        _run(line, **environ)
        for line, environ in (
            ("preview", {"THINGS_FAULTS": "check:a:raise"}),
            ("up", {"THINGS_FAULTS": "configure:south:raise"}),
            ("up --skip-preview", {"THINGS_FAULTS": "create:b:raise"}),
            ("up", {"SIZE": "-1"}),
            ("up --skip-preview", {}),
            ("up --skip-preview", {"SIZE": "2", "THINGS_FAULTS": "update:c:raise"}),
            ("preview", {"THINGS_FAULTS": "diff:b:raise"}),
            ("refresh", {"THINGS_FAULTS": "read:b:raise"}),
            ("up --refresh --skip-preview", {"THINGS_FAULTS": "read:b:raise"}),
            ("up", {"BAD": "1", "SIZE": "4"}),
            ("up --skip-preview", {"BAD": "1", "SIZE": "4"}),
            ("up --skip-preview", {"EXIT": "3"}),
            ("up --skip-preview", {"LOG": "1"}),
            ("up --skip-preview", {"NAME": "a2", "THINGS_FAULTS": "create:a2:raise"}),
            ("up --skip-preview", {"NAME": "a2", "THINGS_FAULTS": "delete:a:raise"}),
            ("up --skip-preview", {"NAME": "a2"}),
            ("up --skip-preview", {"NAME": "a3", "THINGS_DELETE_FIRST": "1", "THINGS_FAULTS": "create:a3:raise"}),
            ("up --skip-preview", {"NAME": "a3", "THINGS_DELETE_FIRST": "1"}),
            ("up --skip-preview", {"NAME": "a3", "PROTECT": "1"}),
            ("destroy", {}),
            ("destroy --skip-preview", {}),
            ("up --skip-preview", {"NAME": "a3"}),
            ("destroy --skip-preview", {"THINGS_FAULTS": "delete:b:raise"}),
            ("destroy --skip-preview", {}),
        )
    ),
)

_IMPORTS = Program(
    """
    class Box(pulumi.ComponentResource):
        def __init__(self, name):
            super().__init__("my:mod:Box", name, None)
            self.inner = Thing("inner", size=3, opts=Opts(parent=self))
    p = Provider("p", region="north")
    a = Thing("a", size=int(os.environ.get("SIZE", "1")), key=pulumi.Output.secret("hush"))
    Thing("b", tags={"of": a.mark}, opts=Opts(provider=p))
    pulumi.export("inner", Box("box").inner.mark)
    """,
    (
        _run("up --skip-preview"),
        StateLoss(),
        _run("import --protect=false"),
        _run("preview --diff"),
        _run("up --skip-preview"),
        StateLoss({"a": {"size": -1}}),
        _run("import --skip-preview --diff"),
        _run("import --skip-preview"),
        _run("preview --diff"),
        _run("up --skip-preview", SIZE="2"),
        StateLoss(everything=True),
        _run("import"),
        _run("preview", SIZE="2"),
        _run("up --skip-preview", SIZE="2"),
        _run("destroy --skip-preview"),
    ),
)

_MARKS = Program(
    """
    env = os.environ.get
    class Box(pulumi.ComponentResource):
        def __init__(self, name):
            super().__init__("my:mod:Box", name, None)
    if env("BOX"): box = Box("box")
    a = Thing(env("A", "a"), name="same", size=int(env("SIZE", "1")), opts=Opts(
        parent=box if env("BOX") else None, replace_on_changes=["size"] if env("ON") else None,
        ignore_changes=["size"] if env("IGNORE") else None))
    Thing("b", tags={"of": a.mark}, opts=Opts(depends_on=[a], retain_on_delete=env("RETAIN") == "1" or None))
    pulumi.export("mark", a.mark)
    """,
    (
        _run("up --skip-preview"),
        StateChange("a", {"taint": True}),
        _run("preview --diff"),
        _run("up --skip-preview"),
        _run("up --skip-preview", SIZE="2", ON="1"),
        _run("preview", SIZE="3", IGNORE="1"),
        _run("up --skip-preview", SIZE="2", A="renamed"),
        _run("up --skip-preview", SIZE="2", A="renamed", BOX="1"),
        _run("up --skip-preview", SIZE="2", A="renamed", BOX="1", RETAIN="1"),
        _run("destroy"),
    ),
)


def _under(note: int, region: str) -> ConfigChange:
    """A configuration of which the provider reads the region only."""
    return ConfigChange(f"  things:region: {region}\n  shop:note: {note}\n")


_CONFIGURATION = Program(
    """
    env = os.environ.get
    a = Thing("a", name=env("NAME"), size=int(env("SIZE", "1")))
    if env("B", "b"): Thing(env("B", "b"), name="same", tags={"of": a.mark})
    pulumi.export("region", a.region)
    """,
    (
        _run("up --skip-preview"),
        _under(1, "south"),
        _run("preview --diff"),
        _run("up"),
        _under(1, "east"),
        _run("preview --refresh=false"),
        _run("preview"),
        _run("up --skip-preview"),
        # an update
        _under(2, "east"),
        _run("up", SIZE="2"),
        _under(2, "west"),
        _run("up --skip-preview", SIZE="3"),
        # a replacement, in both orders
        _under(3, "west"),
        _run("up --skip-preview", SIZE="3", NAME="a2"),
        _under(3, "north"),
        _run("up", SIZE="3", NAME="a3"),
        _under(4, "north"),
        _run("up", SIZE="3", NAME="a4", THINGS_DELETE_FIRST="1"),
        _under(4, "south"),
        _run("up --skip-preview", SIZE="3", NAME="a5", THINGS_DELETE_FIRST="1"),
        # a rename without an alias
        _under(5, "south"),
        _run("preview", SIZE="3", NAME="a5", B="c"),
        _run("up --skip-preview", SIZE="3", NAME="a5", B="c"),
        _under(5, "east"),
        _run("up", SIZE="3", NAME="a5", B="d"),
        # a removal
        _under(6, "east"),
        _run("up --skip-preview", SIZE="3", NAME="a5", B=""),
        _under(6, "west"),
        _run("up", SIZE="3", NAME="a5"),
        _under(6, "north"),
        _run("up --refresh=false", SIZE="3", NAME="a5", B=""),
        # drift
        WorldChange("a5-0", {"size": 9}),
        _under(7, "north"),
        _run("preview", SIZE="3", NAME="a5"),
        _run("up", SIZE="3", NAME="a5"),
        WorldChange("a5-0", {"size": 9}),
        _under(7, "south"),
        _run("up --skip-preview", SIZE="3", NAME="a5"),
        WorldChange("a5-0"),
        _under(8, "south"),
        _run("up --skip-preview", SIZE="3", NAME="a5"),
        WorldChange("a5-0", {"size": 9}),
        _under(8, "east"),
        _run("refresh --preview-only"),
        _run("refresh"),
        _run("destroy --preview-only"),
        _run("destroy --skip-preview"),
    ),
    description="options:\n  refresh: always\n",
)

PROGRAMS = {
    "configuration": _CONFIGURATION,
    "marks": _MARKS,
    "cascade": _CASCADE,
    "failures": _FAILURES,
    "imports": _IMPORTS,
    "life": _LIFE,
    "values": _VALUES,
}
