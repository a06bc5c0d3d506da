"""Jobs one by one: found, looked at, tried again, ended; by the clock, by hand, by the thousand."""
