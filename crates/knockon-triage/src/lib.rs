//! knockon-triage
