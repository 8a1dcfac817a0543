"""THE STREET. What we do not control: the clock, the mail, files people send us."""
