"""Keys by purpose and age: the one in use, and those kept to verify or unwrap what they made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from app.keys.held import KeyModule
from app.keys.material import Purpose, kid_of, make_material
from app.rules.errors import Conflict, KeyMissing

K = TypeVar("K")


@dataclass(frozen=True, slots=True)
class RingKey(Generic[K]):
    """One key and its name. The key itself never shows in a representation or a traceback."""

    kid: str
    key: K = field(repr=False)


@dataclass(frozen=True, slots=True)
class Generations(Generic[K]):
    """The keys of one purpose: the one in use, and those kept to verify or unwrap what they made, newest first."""

    current: RingKey[K]
    retired: tuple[RingKey[K], ...] = ()

    def every(self) -> tuple[RingKey[K], ...]:
        """Give the current key and then the retired ones, newest first."""
        return (self.current, *self.retired)

    def get(self, kid: str) -> RingKey[K]:
        """Give the key with this name, current or retired.

        Raises:
            KeyMissing: The ring has no such key.
        """
        for known in self.every():
            if known.kid == kid:
                return known
        raise KeyMissing("A key that is needed is not in the key ring. Restore the ring from its backup.")


def fresh_purposes(module: KeyModule | None = None) -> dict[Purpose, Generations[Any]]:
    """Make a fresh key for each purpose; the key-encryption key in the module, where there is one."""
    return {purpose: Generations(fresh_key(purpose, module)) for purpose in Purpose}


def fresh_key(purpose: Purpose, module: KeyModule | None) -> RingKey[Any]:
    """Make a fresh key for one purpose."""
    if purpose is Purpose.KEK and module is not None:
        kid = module.make()
        return RingKey(kid, module.get(kid))
    material = make_material(purpose)
    return RingKey(kid_of(purpose, material), material)


def rotated(
    purposes: Mapping[Purpose, Generations[Any]], purpose: Purpose, fresh: RingKey[Any]
) -> dict[Purpose, Generations[Any]]:
    """Give the purposes with a new current key for one of them."""
    return {**purposes, purpose: Generations(fresh, purposes[purpose].every())}


def without(
    purposes: Mapping[Purpose, Generations[Any]], purpose: Purpose, kid: str
) -> dict[Purpose, Generations[Any]]:
    """Give the purposes without one retired key.

    Raises:
        Conflict: It is the current one.
        KeyMissing: There is no such key.
    """
    keys = purposes[purpose]
    if keys.get(kid) is keys.current:
        raise Conflict("The current key cannot be destroyed. Rotate first, then destroy the retired one.")
    return {**purposes, purpose: Generations(keys.current, tuple(old for old in keys.retired if old.kid != kid))}
