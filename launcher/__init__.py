"""The launcher behind `./pa`: set-up, demo, tests. Python standard library only."""
