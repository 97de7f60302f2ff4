"""What learners touch: labs, questions, exercises. The only rooms that use ipywidgets, anywidget and pyplot."""
