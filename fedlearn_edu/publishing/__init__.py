"""The course as pages that need no Python: a site of all chapters, and a chapter as slides.

    site.py       all chapters of one language or both, as HTML that plays without a kernel
    deck.py       one chapter as slides, with notes for the speaker
    chapters.py   which chapters there are; running them
    pages.py      a notebook or a Markdown page as HTML, with links that lead on within the site
    place.py      writing files beside others' files, and never over them
    scripts.py    what draws widgets, formulas and slides: fetched with npm when it is needed, and kept

What is made opens from the disk, and asks no other computer for anything.
"""
