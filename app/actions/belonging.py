"""Whose business a post is: asked before somebody changes who holds it, and before they are told."""

from __future__ import annotations

from collections.abc import Sequence

from app.actions.tools import Actor
from app.records.posts import Listing, PostCard
from app.rules.facts import PRODUCING, Role


def concerned(actor: Actor, post: PostCard, listing: Sequence[Listing], *, by_drafts: bool) -> bool:
    """Say whether a post is the business of somebody: administrators, and whoever prepares lists where it counts.

    Args:
        actor: Who asks.
        post: The post.
        listing: The producers that list somebody for it.
        by_drafts: A producer counts also where only a draft of its lists names the post.

    Returns:
        True for an administrator, and for whoever prepares lists in the post's organisation or a producer that counts.
    """
    where = {post.organisation_id, *(one.organisation_id for one in listing if one.in_force or by_drafts)}
    return any(
        held.role is Role.ADMINISTRATOR or (held.role in PRODUCING and held.organisation_id in where)
        for held in actor.roles
    )
