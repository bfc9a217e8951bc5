//! How large a system file may be.
//!
//! A file comes from a repository that somebody else can write to, so reading one takes bounded
//! memory and time. Each limit is far above what a person or an importer writes: a system of 1,000
//! services is about 150 kB and 15,000 values.

/// The largest file, in bytes.
pub const MAX_FILE_BYTES: usize = 16 * 1024 * 1024;

/// The most values (keys, texts, lists, mappings) a file may have. What an alias stands for counts
/// each time it is used, which is what defuses the "billion laughs".
pub const MAX_VALUES: usize = 1_000_000;

/// The deepest nesting of lists and mappings, aliases included. A step of an operation is the
/// seventh level, and each step inside of another takes two to four more.
pub const MAX_DEPTH: usize = 64;

/// The longest name, in characters.
pub const MAX_NAME_CHARS: usize = 200;

/// The most errors, and again the most warnings, reported for one file.
pub const MAX_FINDINGS: usize = 1_000;

/// The longest source line that is kept to be shown, in bytes.
pub const MAX_SHOWN_LINE_BYTES: usize = 4 * 1024;

/// The most files of one sort that are looked at in a pack.
pub const MAX_FILES: usize = 10_000;
