"""What they wrote: from a raw remark in any language to themes, a released quote, or a worry."""
