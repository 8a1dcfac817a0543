"""DOOR: shell. Operator commands; `audit verify` works offline."""
