"""What learners are asked, one file a chapter, and what judges their answers. No screens here."""
