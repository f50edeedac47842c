"""The shapes of the five faces, in one place for the page, the poster and paper.

The mouth alone carries the meaning; colour says nothing, and a word always stands beside it.
"""

#: value → path of the mouth in a face of 48 by 48
MOUTHS = {
    1: "M13 35q11-13 22 0",
    2: "M14 33q10-6 20 0",
    3: "M14 32h20",
    4: "M14 30q10 6 20 0",
    5: "M12 28q12 17 24 0z",
}
