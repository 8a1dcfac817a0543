"""The page of a kit that says how to check it with other people's tools, as it stands in ``offline``, filled in."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from html import escape
from pathlib import Path

_FOLDER = Path(__file__).parent / "offline"
_FILES = {
    "kit.json": "what this kit is of",
    "checkpoint": "the head of the log: its name, its size, its root, and signatures",
    "checkpoint.cosigned": "the newest head that a witness cosigned; the one above continues it",
    "keys.txt": "the log’s public keys, newest first: compare the one you use",
    "witnesses.txt": "public keys of the witnesses that cosign the log: compare those too",
    "entries/": "each entry about the release, as it stands in the log",
    "receipts/": "for each, the proof that the log holds it, and the clear values that you may see",
    "seal.json": "what the log held about the release when it was last sealed, with its proof",
    "tile/": "hashes of the log’s tree",
    "disclosures.ndjson": "the clear values behind the hashes in the entries",
    "READ-ME.txt": "what an exported log is",
    "check/check.go": "a program of the Go team’s packages that checks all this",
    "MANIFEST.sha256": "the SHA-256 of every other file",
}

_SIGNED = r"""(set -eu
KEY=$(head -n 1 keys.txt)
W=$(mktemp -d)
sed '/^$/,$d' checkpoint >"$W/text"
NAME=$(head -n 1 "$W/text")
grep -F -- "— $NAME " checkpoint | head -n 1 | cut -d' ' -f3 | openssl base64 -d -A | tail -c +5 >"$W/signature"
printf %s "$KEY" | cut -d+ -f3- | openssl base64 -d -A | tail -c 32 >"$W/public"
{ printf '\060\052\060\005\006\003\053\145\160\003\041\000'; cat "$W/public"; } >"$W/key.der"
openssl pkeyutl -verify -pubin -keyform DER -inkey "$W/key.der" -rawin -in "$W/text" -sigfile "$W/signature"
)"""

_INCLUDED = r"""(set -eu
NUMBER=@NUMBER@
W=$(mktemp -d)
INDEX=$(sed -n 's/^ "index": \([0-9]*\),*$/\1/p' "receipts/$NUMBER.json")
LAST=$(($(sed -n 2p checkpoint | tr -cd 0-9) - 1))
{ printf '\000'; cat "entries/$NUMBER.json"; } | openssl dgst -sha256 -binary >"$W/node"
sed -n '/^ "inclusion": \[$/,/^ \]/p' "receipts/$NUMBER.json" | tr -d ' ",' | sed '1d;$d' >"$W/path"
while read -r HASH; do
  printf %s "$HASH" | openssl base64 -d -A >"$W/sibling"
  if [ $((INDEX % 2)) -eq 1 ] || [ "$INDEX" -eq "$LAST" ]; then
    { printf '\001'; cat "$W/sibling" "$W/node"; } | openssl dgst -sha256 -binary >"$W/next"
    while [ $((INDEX % 2)) -eq 0 ] && [ "$INDEX" -gt 0 ]; do INDEX=$((INDEX / 2)); LAST=$((LAST / 2)); done
  else
    { printf '\001'; cat "$W/node" "$W/sibling"; } | openssl dgst -sha256 -binary >"$W/next"
  fi
  mv "$W/next" "$W/node"
  INDEX=$((INDEX / 2)); LAST=$((LAST / 2))
done <"$W/path"
sed -n 3p checkpoint | openssl base64 -d -A | cmp - "$W/node"
[ "$LAST" -eq 0 ]
echo "The log holds this entry."
)"""

_COSIGNED = r"""(set -eu
NOTE=@NOTE@
KEY=$(head -n 1 witnesses.txt)
W=$(mktemp -d)
sed '/^$/,$d' "$NOTE" >"$W/text"
NAME=${KEY%%+*}
grep -F -- "— $NAME " "$NOTE" | head -n 1 | cut -d' ' -f3 | openssl base64 -d -A | tail -c +5 >"$W/line"
TIME=$(head -c 8 "$W/line" | od -An -tu8 --endian=big | tr -d ' ')
{ printf 'cosignature/v1\ntime %s\n' "$TIME"; cat "$W/text"; } >"$W/said"
tail -c +9 "$W/line" >"$W/signature"
printf %s "$KEY" | cut -d+ -f3- | openssl base64 -d -A | tail -c 32 >"$W/public"
{ printf '\060\052\060\005\006\003\053\145\160\003\041\000'; cat "$W/public"; } >"$W/key.der"
openssl pkeyutl -verify -pubin -keyform DER -inkey "$W/key.der" -rawin -in "$W/said" -sigfile "$W/signature"
date -u -d "@$TIME" '+cosigned at %Y-%m-%dT%H:%M:%SZ'
)"""


_HAND = """<h2>4. By hand, with openssl</h2>
<p>Nothing but <code>openssl</code> 3 and the usual tools of a Linux shell. Copy each block whole into a shell in the
folder of the kit. First, that the head of the log was signed with the key:</p>"""
_ONE_ENTRY = """<p>Then, that the log under that head holds one entry. Change the number for another one’s:</p>"""
_HOW_INCLUDED = """<p>It hashes the entry, then upwards with each hash of its receipt, and compares what comes out with
the head (RFC 9162, section 2.1.3.2).</p>"""
_WITNESSED = """<p>And that the first witness of <code>witnesses.txt</code> cosigned it, and when:</p>"""


@dataclass(frozen=True, slots=True)
class KitFacts:
    """What the page says of a kit.

    Attributes:
        release_id: None where it is of the whole log.
        made_at: As people write it.
        cosigned_in: Which of its files bears the first witness's cosignature; None where none does.
        cosigners: Public keys of the witnesses that did cosign, the first one first.
        paths: Every file in the kit but this page and the manifest.
    """

    origin: str
    size: int
    release_id: str | None
    made_at: str
    sealed: bool
    cosigned_in: str | None
    cosigners: tuple[str, ...]
    paths: tuple[str, ...]


def how_to_check(facts: KitFacts) -> str:
    """Fill in the page."""
    whole = facts.release_id is None
    first = next((path for path in sorted(facts.paths) if path.startswith("receipts/")), None)
    number = first.removeprefix("receipts/").removesuffix(".json") if first else None
    witnessed = bool(facts.cosigners)
    values = {
        "origin": escape(facts.origin),
        "size": str(facts.size),
        "made_at": escape(facts.made_at),
        "what": (
            "It is the whole log."
            if whole
            else f"It has every entry about <strong>{escape(facts.release_id or '')}</strong>, with its proof."
        ),
        "files": _files(facts.paths),
        "disclosures": (
            "What you may see of them stands in <code>disclosures.ndjson</code>. Treat that file as personal."
            if whole
            else "What you may see of them stands in <code>receipts</code>. Treat those files as personal."
        ),
        "witness_note": (
            " The last part of the command asks that the witnesses in <code>witnesses.txt</code> have cosigned too: "
            "compare their keys in the same way."
            if witnessed
            else ""
        ),
        "witness_options": "".join(f" --witness {escape(shlex.quote(one))}" for one in facts.cosigners),
        "witness_words": "".join(f" {escape(shlex.quote(one))}" for one in facts.cosigners),
        "walk": _walk(number, facts.cosigned_in),
        "complete": _complete(facts, whole),
        "cosigned": (
            "A cosignature by a witness that you trust does: it was shown no other."
            if witnessed
            else "No witness had cosigned this one; compare it with checkpoints that others have kept."
        ),
    }
    page = (_FOLDER / "how-to-check.html").read_text("utf-8")
    for name, value in values.items():
        page = page.replace("{" + name + "}", value)
    return page


def check_program() -> bytes:
    """Give the source of the Go program."""
    return (_FOLDER / "check.go").read_bytes()


def _complete(facts: KitFacts, whole: bool) -> str:
    if whole:
        return "That no entry of the log is missing."
    if facts.sealed:
        return "That no entry about the release is missing up to its seal: the seal counts them."
    return "Not that no entry about the release is missing: there is no seal yet that counts them."


def _files(paths: tuple[str, ...]) -> str:
    there = {path if path in _FILES else path.partition("/")[0] + "/" for path in (*paths, "MANIFEST.sha256")}
    return "\n".join(
        f"<tr><td><code>{escape(path)}</code></td><td>{escape(what)}</td></tr>"
        for path, what in _FILES.items()
        if path in there
    )


def _walk(number: str | None, cosigned_in: str | None) -> str:
    parts = [_HAND, _block("signed", _SIGNED), "<p>It says <samp>Signature Verified Successfully</samp>.</p>"]
    if number is not None:
        parts += [_ONE_ENTRY, _block("included", _INCLUDED.replace("@NUMBER@", number)), _HOW_INCLUDED]
    if cosigned_in is not None:
        parts += [_WITNESSED, _block("cosigned", _COSIGNED.replace("@NOTE@", cosigned_in))]
    return "\n".join(parts)


def _block(name: str, shell: str) -> str:
    return f'<pre tabindex="0" id="{name}"><code>{escape(shell, quote=False)}</code></pre>'
