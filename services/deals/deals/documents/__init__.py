"""Documents of customers: made from templates, uploaded, kept sealed, given out by links, every reading recorded."""
