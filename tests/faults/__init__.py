"""Faults: whatever dies, fills up or jumps, what people were told is true; counted, not believed.

`make faults` runs each many times and prints what was lost; `test_*.py` here run the same code a few times.
"""
