//! knockon-report
