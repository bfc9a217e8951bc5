//! Where the readers of logs put what they read.

use knockon_core::{Place, System};

use super::fields::Fields;
use super::stock::{self, LogStock};
use super::{Level, LogRecord, line};
use crate::file_log::{FileLog, Survived};
use crate::time_format;

/// Counts the lines of one file.
pub(super) struct Sink<'a> {
    system: &'a System,
    stock: &'a mut LogStock,
    pub(super) log: &'a mut FileLog,
    /// The service that the file's name says: `orders` of `logs.orders.txt`.
    named: Option<String>,
    lines: usize,
    placed: usize,
}

impl<'a> Sink<'a> {
    pub(super) fn new(system: &'a System, stock: &'a mut LogStock, log: &'a mut FileLog) -> Self {
        let named = crate::intake::middle_of_file_name(log.file()).map(str::to_owned);
        let named = named.filter(|name| system.names().resolve(name).is_some());
        Self { system, stock, log, named, lines: 0, placed: 0 }
    }

    /// Takes a line; one without a time is counted as such.
    pub(super) fn take(&mut self, mut fields: Fields, place: impl FnOnce(&str) -> Place) {
        let parsed = fields.time.as_deref().and_then(time_format::parse);
        let Some(parsed) = parsed else {
            self.log.survived(Survived::UntimedLine, place);
            return;
        };
        if parsed.naive {
            self.log.survived(Survived::NaiveTime, place);
        }
        if fields.labels.is_empty()
            && let Some(name) = &self.named
        {
            fields.add("service", name);
        }
        let level = fields.level.or_else(|| line::level(&fields.message));
        self.lines += 1;
        let record = LogRecord {
            time: parsed.time,
            labels: fields.labels,
            level: level.unwrap_or(Level::Info),
            message: fields.message,
            count: 1,
        };
        self.placed += usize::from(self.stock.add(&record, self.system, self.log));
    }

    /// Says so if nothing could be placed.
    pub(super) fn finish(self) {
        if self.lines > 0 && self.placed == 0 {
            stock::nothing_placed(self.lines, self.log);
        }
    }
}
