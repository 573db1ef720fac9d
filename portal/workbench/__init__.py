"""Is a policy right? The same conditions as columns for a million claims and as a proof; no web, no database."""
