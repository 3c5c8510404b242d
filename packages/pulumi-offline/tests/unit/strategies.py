"""Property maps of any shape."""

from __future__ import annotations

from hypothesis import settings
from hypothesis import strategies as st

from pulumi_offline.values import UNKNOWN, PropertyMap, PropertyValue, ResourceReference, Secret, number

few = settings(max_examples=25)  # because these maps are slow to make

_EXACT = 2**53  # because larger integers are no longer exact as the floats the wire knows

_texts = st.text(st.characters(codec="utf-8"), max_size=8)
_keys = st.text("abcxyz_.$ü", min_size=1, max_size=4)
_primitives: st.SearchStrategy[PropertyValue] = (
    st.none()
    | st.booleans()
    | st.integers(-_EXACT, _EXACT)
    | st.floats(allow_nan=False, allow_infinity=False).map(number)
    | _texts
    | st.just(UNKNOWN)
    | st.builds(ResourceReference, urn=_texts, id=st.none() | _texts | st.just(UNKNOWN), package_version=_texts)
)


def _secret(value: PropertyValue) -> PropertyValue:
    return value if isinstance(value, Secret) else Secret(value)


_values: st.SearchStrategy[PropertyValue] = st.recursive(
    _primitives,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_keys, inner, max_size=3) | inner.map(_secret),
    max_leaves=10,
)
property_maps: st.SearchStrategy[PropertyMap] = st.dictionaries(_keys, _values, max_size=4)
