"""When rules act: delays, dates that may move, working hours; and the clock that tells when a date or hour has come."""
