"""The dashboard: a page that draws reports as they are now or were at any moment, and follows them live."""
