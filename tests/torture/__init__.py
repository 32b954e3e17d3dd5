"""What the program must survive, done to the installed program: `python -m tests.torture [--quick|--full] [SUITE…]`.

Each suite plays one kind of harm against real processes, files and loopback servers, and says in figures what became
of it. docs/reliability.md has the table. The ordinary slow tests run a quick slice of each.
"""
