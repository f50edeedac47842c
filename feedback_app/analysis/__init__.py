"""What it shows: counting, rates, intervals, disclosure control."""
