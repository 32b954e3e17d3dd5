"""CPU, time, memory and disk that the chores cost, side by side with peers; docs/performance.md tells the method."""
