"""A real browser drives the course in JupyterLab and in Notebook 7.

`servers` starts the two, `page` opens a notebook and looks at it, `hands` does what a learner does and waits for the
answer, `screenshots` takes pictures for people to look at.
"""
