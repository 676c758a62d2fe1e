"""The schema ``bi`` as tools are told of it: its contract, the data dictionary, and ready assets made from them."""
