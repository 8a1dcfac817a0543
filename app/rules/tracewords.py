"""What a trace says: how sure it is, what points at an opening, and what must be said of the whole. Whole sentences."""

from __future__ import annotations

CONFIDENCE_WORDS = {"certain": "certain", "very_likely": "very likely", "likely": "likely", "possible": "possible"}
WHOSE_NOT_WHO = (
    "This says whose copy it was, not who passed it on. A mark is a lead and no proof: whoever can write a number into "
    "a file can point at somebody else."
)
NOTHING_FOUND = (
    "Nothing leads to an opening that you may see. What is encrypted, scanned or photographed cannot be looked into: "
    "decrypt it first, or read the number from the mark and trace that. Unpack an archive, and trace what is in it."
)
REPORT_IT = (
    "To put it on record as an unauthorised disclosure, trace it again with an incident opened, or report it to the "
    "head of profession."
)
SEVERAL_RELEASES = "It points at more than one release, so no incident was opened. Report each release by itself."
DISAGREE = (
    "What was found does not agree. Numbers can be written into a file, and copies can be put together; trust none of "
    "these before the people concerned have been asked."
)
ANOTHER_WAY = "What was found elsewhere in it points another way."
MARKED_INSIDE = (
    "It is the document “{name}” byte for byte. Its copies carry their mark inside, so none of them has these bytes: "
    "this came from where the document was made or kept, not from a copy."
)
UNMARKED = (
    "It is the document “{name}” byte for byte, without a mark. Whoever opened it could take it out of their copy, and "
    "whoever made it has it too. All that is known is who opened it: {count}."
)

WHOLE_COPY = "The file is, byte for byte, the copy that was made for this opening."
MARK = "Its number {number} stands in the file: {places}."
FILE_NAME = "Its number {number} stands in a name: {places}. Anybody can give a file a name."
TYPED = "Its number is {number}, as it was typed."
LOOK_ALIKE = "Its number {number} looks like the one that was typed, which has letters that no number has."
ONE_LETTER_OFF = "Its number {number} differs a little from the one that was typed. Look at the mark again."
DOCUMENT = "It opened the document that the file is. So did each of the others that are listed for this."
NO_OPENING = "The number {number} in it is that of no opening that you may see."
