//! The codes of every diagnostic this crate makes: `K0201` to `K0229` for what is refused, from
//! `K0231` for what is survived.

use knockon_core::Code;

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $id:literal, $title:literal;)+) => {
        $($(#[$doc])* pub const $name: Code = Code { id: $id, title: $title };)+

        /// Every code of this crate, in order.
        pub const ALL: &[Code] = &[$($name,)+];
    };
}

codes! {
    /// The path of the evidence is not there, is not a directory or cannot be listed.
    NO_BUNDLE = "K0201", "evidence is not a directory";
    /// A directory with no file that a reader looks for.
    EMPTY_BUNDLE = "K0202", "no evidence in the directory";
    /// A file that could not be opened or read to its end.
    UNREADABLE_FILE = "K0203", "file cannot be read";
    /// A metrics file in none of the known formats.
    UNKNOWN_FORMAT = "K0204", "unknown metrics format";
    /// Bytes that are not UTF-8 text, or a line longer than any sane one.
    NOT_TEXT = "K0205", "not a text file";
    /// A CSV header without what is needed, or with the same column twice.
    BAD_HEADER = "K0206", "unusable CSV header";
    /// A CSV row with too few or too many fields, or with a quote that is never closed.
    BAD_ROW = "K0207", "broken CSV row";
    /// A text that should be a point in time.
    BAD_TIME = "K0208", "not a time";
    /// A text that should be a number.
    BAD_VALUE = "K0209", "not a number";
    /// A line that is not in the text exposition format.
    BAD_EXPOSITION = "K0210", "broken exposition line";
    /// Samples that do not say when they were taken.
    NO_TIMESTAMP = "K0211", "samples without timestamps";
    /// Text that is not JSON, or JSON of another shape than the file should have.
    BAD_JSON = "K0212", "unexpected JSON";
    /// A saved answer of Prometheus or Alertmanager that is an error.
    SERVER_ERROR = "K0213", "the server answered with an error";
    /// A query result that holds no series: a scalar or a string.
    NOT_SERIES = "K0214", "query result without series";
    /// A query result whose series do not say which metric they are.
    NO_METRIC_NAME = "K0215", "query result without a metric name";
    /// A file of which nothing belongs to a service of the system.
    NOTHING_PLACED = "K0216", "nothing belongs to a known service";
    /// An alert without a name or without a start.
    BAD_ALERT = "K0217", "incomplete alert";
    /// A change without a time or without a service.
    BAD_CHANGE = "K0218", "incomplete change";
    /// The rest of a file's mistakes, counted.
    MORE_LIKE_THESE = "K0219", "more mistakes in the same file";
    /// Bytes that are no remote-write request, or a series in one that cannot be.
    BAD_REMOTE_WRITE = "K0220", "broken remote-write request";

    /// Cells without a value.
    GAPS = "K0231", "gaps in the samples";
    /// Values that are infinite.
    INFINITE_VALUES = "K0232", "infinite values";
    /// Several samples of one series at one time.
    DUPLICATE_TIMES = "K0233", "duplicate timestamps";
    /// Samples that are not in order of time.
    UNORDERED_TIMES = "K0234", "unordered timestamps";
    /// Times without an offset.
    NAIVE_TIMES = "K0235", "times without an offset";
    /// A file in the bundle that no reader looks for.
    UNREAD_FILE = "K0236", "file not read";
    /// Native histograms, which are not read.
    NATIVE_HISTOGRAMS = "K0237", "native histograms left out";
    /// The same alert more than once.
    DUPLICATE_ALERTS = "K0238", "duplicate alerts";
    /// Alerts that wait for their `for:` to pass.
    PENDING_ALERTS = "K0239", "pending alerts left out";
    /// Keys that no reader knows.
    UNKNOWN_KEYS = "K0240", "unknown keys";
    /// Series that became one when the label that named their service was taken off.
    MERGED_SERIES = "K0241", "series merged";
    /// Series without a single usable value.
    EMPTY_SERIES = "K0242", "series without values";
    /// An alert that ends before it starts.
    ALERT_ENDS_EARLY = "K0243", "alert ends before it starts";
    /// What the server warned of when it answered.
    SERVER_WARNING = "K0244", "the server warned";
    /// A metrics file without any series.
    NO_SERIES = "K0245", "no series in the file";
    /// A histogram of which no quantile can be told.
    HISTOGRAM_WITHOUT_INF = "K0246", "histogram without a +Inf bucket";
    /// Native histograms of which only the time is kept, so that a query can refuse them.
    MARKED_HISTOGRAMS = "K0247", "native histograms not read";
    /// Lines of logs that do not say when.
    UNTIMED_LINES = "K0255", "lines without a time";
    /// More templates of lines than are kept.
    TOO_MANY_TEMPLATES = "K0256", "too many templates of lines";
    /// Spans that do not say from when to when.
    UNTIMED_SPANS = "K0257", "spans without a time";
    /// Events of delivery tools that changed nothing that runs.
    NO_CHANGE = "K0258", "events that changed nothing";
    /// Events of other environments than the one that users meet.
    OTHER_ENVIRONMENT = "K0259", "events of another environment";
}

#[cfg(test)]
mod tests {
    use super::ALL;

    #[test]
    fn codes_are_unique_and_in_order() {
        assert!(ALL.is_sorted_by(|a, b| a.id < b.id));
        assert!(ALL.iter().all(|code| code.id.len() == 5 && !code.title.ends_with('.')));
    }
}
