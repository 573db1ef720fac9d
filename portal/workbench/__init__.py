"""The process in which proofs and replays run, and nothing else; the portal asks it by running.py."""
