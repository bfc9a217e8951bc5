//! The codes of the diagnostics that the command itself makes.

use knockon_core::Code;

/// A path that holds no data set of a known layout.
pub const NO_DATA_SET: Code = Code { id: "K0301", title: "no data set" };
/// A file of a data set cannot be read or does not have its shape.
pub const DATA_SET_FILE: Code = Code { id: "K0302", title: "bad data set file" };
/// A time on the command line cannot be read, or lies where there is no evidence.
pub const BAD_TIME: Code = Code { id: "K0303", title: "bad time" };
/// The evidence speaks of services that the system does not have.
pub const UNKNOWN_SERVICE: Code = Code { id: "K0304", title: "unknown service in the evidence" };
/// A variant that the model does not have.
pub const NO_SUCH_VARIANT: Code = Code { id: "K0305", title: "no such variant" };
/// A journey that the model does not have.
pub const NO_SUCH_JOURNEY: Code = Code { id: "K0306", title: "no such journey" };
/// A file whose ending is no form of map.
pub const UNKNOWN_MAP_FORM: Code = Code { id: "K0307", title: "unknown form of map" };
/// A file that cannot be written.
pub const CANNOT_WRITE: Code = Code { id: "K0308", title: "cannot write a file" };
/// A file that is there already and must not be overwritten.
pub const WOULD_OVERWRITE: Code = Code { id: "K0309", title: "a file is there already" };
/// A figure on the command line that cannot be read or used.
pub const BAD_FIGURE: Code = Code { id: "K0310", title: "bad figure on the command line" };
/// A kind of fault that there is not, or that no flag can set.
pub const UNKNOWN_FAULT: Code = Code { id: "K0311", title: "unknown kind of fault" };
/// Where a fault is to set in there is nothing.
pub const FAULT_NOWHERE: Code = Code { id: "K0312", title: "a fault at something unknown" };
/// A fault that a system cannot have there.
pub const IMPOSSIBLE_FAULT: Code = Code { id: "K0313", title: "a fault that cannot be" };
/// What a model says and the simulator cannot play.
pub const UNPLAYABLE: Code = Code { id: "K0314", title: "a model that cannot be played" };
/// A run that could not go on to its end.
pub const STOPPED: Code = Code { id: "K0315", title: "a run that ended before its time" };
/// A query that is no PromQL, or that cannot be answered.
pub const BAD_QUERY: Code = Code { id: "K0316", title: "a query that cannot be answered" };
/// What Prometheus notices about a query that it answers.
pub const QUERY_NOTE: Code = Code { id: "K0317", title: "a query that may not mean what it says" };
/// Files of metrics without a sample.
pub const NO_SAMPLES: Code = Code { id: "K0322", title: "no samples" };
/// A way to make evidence worse that there is not.
pub const UNKNOWN_DEGRADATION: Code = Code { id: "K0323", title: "unknown degradation" };
/// A repository of which no log can be read.
pub const NO_GIT_LOG: Code = Code { id: "K0331", title: "no log of a repository" };

/// Every code of this crate.
pub const ALL: &[Code] = &[
    NO_DATA_SET,
    DATA_SET_FILE,
    BAD_TIME,
    UNKNOWN_SERVICE,
    NO_SUCH_VARIANT,
    NO_SUCH_JOURNEY,
    UNKNOWN_MAP_FORM,
    CANNOT_WRITE,
    WOULD_OVERWRITE,
    BAD_FIGURE,
    UNKNOWN_FAULT,
    FAULT_NOWHERE,
    IMPOSSIBLE_FAULT,
    UNPLAYABLE,
    STOPPED,
    BAD_QUERY,
    QUERY_NOTE,
    NO_SAMPLES,
    UNKNOWN_DEGRADATION,
    NO_GIT_LOG,
];
