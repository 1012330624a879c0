//! A disk that exists in memory: loses what was not synced, and tears the tail, on demand.
