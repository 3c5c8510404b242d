"""What only the CLI has is refused by a sentence that names it, and nothing is done half."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from pulumi_offline import OfflineError, StateError, Unsupported

if TYPE_CHECKING:
    from .workshop import Workshop

ELSEWHERE = "not supported by pulumi_offline; the pulumi CLI has it"


@pytest.mark.parametrize(
    ("statement", "feature"),
    [
        ("pulumi.runtime.invoke('pkg:index:fn', {})", "invokes (functions of a package)"),
        ("pulumi.runtime.call('pkg:index:method', {})", "calls (methods of a resource)"),
        ("Thing('a', opts=Opts(id='x'))", "resources that are only read (`.get`, or the `id` option)"),
        ("Thing('a', opts=Opts(import_='x'))", "the `import_` option"),
        ("Thing('a', opts=Opts(deleted_with=Thing('b')))", "the `deleted_with` option"),
        ("Thing('a', opts=Opts(replace_with=[Thing('b')]))", "the `replace_with` option"),
        ("Thing('a', opts=Opts(replacement_trigger='x'))", "the `replacement_trigger` option"),
        ("Thing('a', opts=Opts(hide_diffs=['size']))", "the `hide_diffs` option"),
        ("Thing('a', opts=Opts(version='1.2.3'))", "the `version` option"),
        ("Thing('a', opts=Opts(plugin_download_url='https://example.com'))", "the `plugin_download_url` option"),
        ("pulumi.runtime.register_resource_transform(lambda args: None)", "resource transforms"),
        ("Thing('a', opts=Opts(transforms=[lambda args: None]))", "resource transforms"),
        ("pulumi.runtime.register_invoke_transform(lambda args: None)", "invoke transforms"),
        ("pulumi.ResourceHook('h', lambda args: None)", "resource hooks"),
        ("pulumi.CustomResource('aws:s3:Bucket', 'a', {})", "package aws (it offers pulumi-python only)"),
        ("pulumi.ProviderResource('aws', 'a', {})", "provider package aws (it offers pulumi-python only)"),
        ("pulumi.ComponentResource('my:mod:Box', 'a', {}, remote=True)", "remote components"),
        ("Thing('a', tags=pulumi.StringAsset('x'))", "assets"),
        ("Thing('a', tags=pulumi.AssetArchive({}))", "archives"),
        ("pulumi.export('x', pulumi.StringAsset('x'))", "assets"),
        ("pulumi.runtime.settings.require_pulumi_version('>=3.0.0')", "`require_pulumi_version`"),
        ("pulumi.StackReference('org/project/stack')", "resources that are only read (`.get`, or the `id` option)"),
    ],
)
def test_what_a_program_asks_for_in_vain(workshop: Workshop, statement: str, feature: str) -> None:
    workshop.program(statement)
    result = workshop.up()
    assert result.exit_code == 1
    assert result.errors == (f"{feature}: {ELSEWHERE}",)
    assert "a-0" not in workshop.live()


@pytest.mark.parametrize(
    ("description", "message"),
    [
        ("main: src\n", f"`main` in Pulumi.yaml: {ELSEWHERE}"),
        ("plugins: {providers: []}\n", f"`plugins` in Pulumi.yaml: {ELSEWHERE}"),
        ("packages: {}\n", f"`packages` in Pulumi.yaml: {ELSEWHERE}"),
        ("requiredPulumiVersion: '>=3'\n", f"`requiredPulumiVersion` in Pulumi.yaml: {ELSEWHERE}"),
        ("options: {parallel: 3}\n", f"option `parallel` in Pulumi.yaml: {ELSEWHERE}"),
        ("options: {refresh: sometimes}\n", "Pulumi.yaml: options.refresh can only be `always`, not 'sometimes'"),
        ("config: directory\n", f"a `config` directory in Pulumi.yaml: {ELSEWHERE}"),
        (
            "config: {a:b: {type: string}}\n",
            "Pulumi.yaml: `a:b` is not of this project and can have no type and no default, only a `value`",
        ),
        ("config: {a: {type: date}}\n", "Pulumi.yaml: `a` has the unknown type 'date'"),
        ("config: {a: {value: 1, default: 1}}\n", "Pulumi.yaml: `a` cannot have both a `default` and a `value`"),
        ("config: {a: {type: string}}\n", "Stack 'dev' is missing configuration value 'a'"),
        ("config: {a: {type: string}, b: {type: array}}\n", "Stack 'dev' is missing configuration values 'a' and 'b'"),
        (
            "config: {a: {type: integer, default: x}}\n",
            "Stack 'dev' with configuration key 'a' must be of type 'integer'",
        ),
        (
            "config: {a: {type: string, secret: true, default: x}}\n",
            "Stack 'dev' with configuration key 'a' must be encrypted as it's secret",
        ),
        ("config: [\n", "Pulumi.yaml is no valid YAML: "),
    ],
)
def test_what_a_project_file_asks_for_in_vain(workshop: Workshop, description: str, message: str) -> None:
    workshop.describe(description)
    workshop.program("Thing('a')")
    with pytest.raises(OfflineError) as refused:
        workshop.preview()
    assert str(refused.value).startswith(message)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("name: shop\nruntime: nodejs\n", f"runtime nodejs: {ELSEWHERE}"),
        ("name: shop\nruntime: {name: python, options: {toolchain: uv}}\n", f"toolchain uv: {ELSEWHERE}"),
        (
            "name: shop\nruntime: {name: python, options: {typechecker: mypy}}\n",
            f"runtime option typechecker: {ELSEWHERE}",
        ),
        ("runtime: python\n", "Pulumi.yaml is missing the project's `name`"),
        ("name: shop\n", "Pulumi.yaml is missing the `runtime`"),
        ("- shop\n", "Pulumi.yaml should be a mapping at its top level"),
        (
            "name: shop\nruntime: {name: python, options: {virtualenv: nowhere}}\n",
            "the virtualenv of Pulumi.yaml has no Python: ",
        ),
    ],
)
def test_what_makes_no_project(workshop: Workshop, text: str, message: str) -> None:
    (workshop.project / "Pulumi.yaml").write_text(text)
    with pytest.raises(OfflineError) as refused:
        workshop.preview()
    assert str(refused.value).startswith(message)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("secretsprovider: awskms://key\n", f"secrets provider awskms://key: {ELSEWHERE}"),
        ("environment: [staging]\n", f"`environment` in Pulumi.dev.yaml: {ELSEWHERE}"),
        ("config: 3\n", "Pulumi.dev.yaml: `config` should be a mapping"),
        ("config: {size: 3}\n", "Pulumi.dev.yaml: could not parse size as a configuration key"),
        ("config: {shop:key: {secure: nonsense}}\n", "an encrypted value is malformed"),
        ("encryptionsalt: v1:x\nconfig: {shop:key: {secure: v1:a:b}}\n", "the encryption salt is malformed"),
    ],
)
def test_what_a_stack_file_asks_for_in_vain(workshop: Workshop, text: str, message: str) -> None:
    workshop.configure(text)
    with pytest.raises(OfflineError) as refused:
        workshop.preview()
    assert str(refused.value).startswith(message)


@pytest.mark.parametrize(
    ("fields", "feature"),
    [
        ({"external": True}, "resources that are only read (`.get`)"),
        ({"initErrors": ["x"]}, "resources whose initialization failed"),
        ({"deletedWith": "urn:pulumi:dev::shop::x::y"}, "the `deleted_with` option"),
        ({"viewOf": "urn:pulumi:dev::shop::x::y"}, "views"),
        ({"resourceHooks": {"BeforeCreate": ["x"]}}, "resource hooks"),
        ({"somethingNew": 1}, "`somethingNew`"),
        ({"type": "pulumi:providers:aws"}, "provider package aws (it offers pulumi-python only)"),
        ({"inputs": {"x": {"4dabf18193072939515e22adb298388d": "?"}}}, "values of kind ?"),
    ],
)
def test_a_state_that_holds_what_only_the_cli_has_is_not_touched(
    workshop: Workshop, fields: dict[str, object], feature: str
) -> None:
    workshop.program("Thing('a')")
    workshop.up()
    workshop.edit_state("a", **fields)
    before = workshop.state_file.read_text()
    with pytest.raises(Unsupported) as refused:
        workshop.up()
    assert str(refused.value).startswith(feature)
    assert workshop.state_file.read_text() == before


@pytest.mark.parametrize("text", ["", "{", "[]", '{"version": 2}', '{"version": 3}'])
def test_a_state_that_cannot_be_read_is_told_and_kept(workshop: Workshop, text: str) -> None:
    workshop.program("Thing('a')")
    workshop.up()
    workshop.state_file.write_text(text)
    with pytest.raises(StateError):
        workshop.up()
    assert workshop.state_file.read_text() == text


def test_a_state_of_another_stack_is_not_imported(workshop: Workshop) -> None:
    workshop.program("Thing('a')")
    workshop.up()
    document = json.loads(json.dumps(workshop.engine().export_state()).replace("urn:pulumi:dev:", "urn:pulumi:prod:"))
    with pytest.raises(StateError, match="is from a different stack"):
        workshop.engine().import_state(document)


def test_a_state_under_another_secrets_provider_is_refused(workshop: Workshop) -> None:
    workshop.program("pass")
    document = workshop.engine().export_state()
    document["deployment"]["secrets_providers"] = {"type": "cloud", "state": {}}
    with pytest.raises(Unsupported, match="secrets provider cloud"):
        workshop.engine().import_state(document)
