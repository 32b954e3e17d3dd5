"""What a command ends with beside 0; README.md and `aggregator --help` tell it to the user."""

NOTHING_FOUND = 1
TROUBLE = 2  # a finding of doctor, verify or `service status`, as for a wrong use
SOME_FAILED = 3
