"""The benchmark measures what it says it does. No test here knows how fast anything is."""
