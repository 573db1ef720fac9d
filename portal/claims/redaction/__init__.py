"""Parts of pictures that nobody may see: burned black into what is shown, and the originals deleted in time."""
