"""Which characters the shipped faces draw, as a table: who checks texts need not open the faces.

A test compares the table with the faces and, after a change of them, prints what has to stand here.
"""

from bisect import bisect_right

#: ranges of code points, in hexadecimal
TABLE = """
0 d 20-7e a0-377 37a-37f 384-38a 38c 38e-3a1 3a3-3e1 3f0-52f 600-61c 61e-6ff 750-77f 8a0-8b4 8b6-8be
8d3-8ff 1200-1248 124a-124d 1250-1256 1258 125a-125d 1260-1288 128a-128d 1290-12b0 12b2-12b5
12b8-12be 12c0 12c2-12c5 12c8-12d6 12d8-1310 1312-1315 1318-135a 135d-137c 1380-1399 1ab0-1ac0
1c80-1c88 1d00-1df9 1dfb-1f15 1f18-1f1d 1f20-1f45 1f48-1f4d 1f50-1f57 1f59 1f5b 1f5d 1f5f-1f7d
1f80-1fb4 1fb6-1fc4 1fc6-1fd3 1fd6-1fdb 1fdd-1fef 1ff2-1ff4 1ff6-1ffe 2000-2064 2066-2071 2074-208e
2090-209c 20a0-20bf 20f0 2100-215f 2184 2189 22ee 25cc 2c60-2c7f 2d80-2d96 2da0-2da6 2da8-2dae
2db0-2db6 2db8-2dbe 2dc0-2dc6 2dc8-2dce 2dd0-2dd6 2dd8-2dde 2de0-2e52 a640-a69f a700-a7bf a7c2-a7ca
a7f5-a7ff a92e ab01-ab06 ab09-ab0e ab11-ab16 ab20-ab26 ab28-ab2e ab30-ab6b fb00-fb06 fb50-fbc1
fbd3-fd3f fd50-fd8f fd92-fdc7 fdf0-fdfd fe00 fe20-fe2f fe70-fe74 fe76-fefc feff fffc-fffd
"""

_ENDS = [tuple(int(end, 16) for end in (one.split("-") * 2)[:2]) for one in TABLE.split()]
_FIRST = [first for first, _last in _ENDS]
#: what is laid out or shaped, and not drawn
_NEVER_DRAWN = frozenset("\n\u200c\u200d")


def is_drawn(character: str) -> bool:
    """Whether at least one shipped face has this character, or it needs none."""
    point = ord(character)
    at = bisect_right(_FIRST, point) - 1
    return character in _NEVER_DRAWN or (at >= 0 and point <= _ENDS[at][1])
