"""A witness: a program of another owner, on another machine, that cosigns what a log shows it. It stands alone."""
