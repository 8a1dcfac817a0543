"""THE FILES. SQLAlchemy; one file per noun; gives facts. *get* raises, *find* may give None."""
