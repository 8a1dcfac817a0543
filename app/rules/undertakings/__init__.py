"""The words of the undertaking, one file for each Order: its duties in plain English, with its paragraph numbers.

Versioned: whoever changes the words of an Order gives them another version, and every declaration of the old ones is
superseded. ``declarations.py`` puts them together with what stands around them.
"""
