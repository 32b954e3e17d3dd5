"""From bytes to a page's parsed tree and its blocks: what stands where, before anything is known of what it means."""
