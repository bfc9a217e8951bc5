//! How much is read at once. YAML has [limits of its own](knockon_format::limits).

/// The largest file of traces, in bytes.
pub const MAX_TRACE_BYTES: usize = 256 * 1024 * 1024;

/// The most spans of all files together.
pub const MAX_SPANS: usize = 4_000_000;

/// The most files that are taken from folders.
pub const MAX_FILES: usize = 10_000;

/// The most bytes of all files together.
pub const MAX_BYTES: u64 = 1024 * 1024 * 1024;

/// The deepest folder below the one that was named.
pub const MAX_FOLDERS_DEEP: usize = 32;

/// The most characters of a name. A model may have more, which leaves room for a number behind it.
pub const MAX_NAME_CHARS: usize = 120;

/// The longest value of a variable that is looked at, in bytes.
pub const MAX_VALUE_BYTES: usize = 64 * 1024;

/// The most diagnostics of one code; the rest is counted.
pub const MAX_DIAGNOSTICS_OF_A_CODE: usize = 200;
