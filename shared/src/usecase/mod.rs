//! Use cases: each reads, plans, writes in one visible sequence, and returns a report.
