"""The pages about policies: versions, drafts, checks, replays, publication."""
