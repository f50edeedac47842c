"""What they say: respondent pages, collecting, remarks."""
