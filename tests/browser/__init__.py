"""A real browser drives the course in JupyterLab and in Notebook 7.

`servers` starts the two, `page` opens a notebook and looks at it, `screenshots` takes pictures for people to look at.
"""
