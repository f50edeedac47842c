"""The front door: headers, languages, error pages, layout."""
