//! knockon-format
