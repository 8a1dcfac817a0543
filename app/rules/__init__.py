"""THE LAW. Pure: facts and an instant in, a decision out. Imports the standard library only."""
