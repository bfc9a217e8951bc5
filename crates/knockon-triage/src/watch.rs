//! An incident that is watched while its evidence comes in.

use knockon_core::{System, Timestamp};
use knockon_telemetry::{AlertRecord, ChangeRecord, EvidenceReader};

use crate::incident::Incident;
use crate::revision::{Revision, Revisions};
use crate::{Options, triage};

/// Takes evidence as it arrives (in any order, late, more than once) and revises the verdict.
///
/// Whatever arrived, and however, the verdict is to the byte what [`triage`] makes of all of it read
/// at once. That is exact because nothing is summed up on the way: the raw samples are kept, and each
/// verdict is a triage of what there is. A revision costs at most what reading all of it from memory
/// and judging it once would: series are derived anew only where metrics came in since the last one,
/// and no text is read twice.
///
/// ```
/// # use knockon_core::{Service, ServiceKind, SystemBuilder, Timestamp};
/// # use knockon_telemetry::AlertRecord;
/// # use knockon_triage::{Options, Watch};
/// # let mut builder = SystemBuilder::new("shop");
/// # builder.service(Service::new("carts", ServiceKind::Service)).unwrap();
/// # let system = builder.build();
/// let mut watch = Watch::new(&system, Options::default());
/// let labels = [("alertname", "Slow"), ("service", "carts")];
/// let alert = AlertRecord {
///     labels: labels.map(|(name, value)| (name.to_owned(), value.to_owned())).into(),
///     annotations: Default::default(),
///     starts_at: Timestamp::from_unix_ms(60_000),
///     ends_at: None,
/// };
/// watch.alert(alert.clone());
/// let revision = watch.revise(Timestamp::from_unix_ms(60_000)).unwrap();
/// assert_eq!(revision.changes[0].to_string(), "cause: carts");
/// // Alertmanager says it again: nothing is new.
/// watch.alert(alert);
/// assert_eq!(watch.revise(Timestamp::from_unix_ms(120_000)), None);
/// ```
#[derive(Debug)]
pub struct Watch<'a> {
    system: &'a System,
    options: Options,
    reader: EvidenceReader<'a>,
    revisions: Revisions,
}

impl<'a> Watch<'a> {
    /// Begins without evidence.
    pub fn new(system: &'a System, options: Options) -> Self {
        let (reader, revisions) = (EvidenceReader::new(system), Revisions::new());
        Self { system, options, reader, revisions }
    }

    /// Takes an alert that fires or was resolved.
    pub fn alert(&mut self, alert: AlertRecord) {
        self.reader.take_alerts("alerts", [alert]);
    }

    /// Takes a change.
    pub fn change(&mut self, change: ChangeRecord) {
        self.reader.take_changes("changes", [change]);
    }

    /// What takes everything else: metrics, and evidence in texts of any form.
    pub fn reader(&mut self) -> &mut EvidenceReader<'a> {
        &mut self.reader
    }

    /// What took it all, to be finished.
    pub fn into_reader(self) -> EvidenceReader<'a> {
        self.reader
    }

    /// The verdict on all that arrived: what [`triage`] makes of it.
    pub fn incident(&mut self) -> Incident {
        triage(self.system, self.reader.evidence(), self.options)
    }

    /// What changed since the revision before, as of a moment: nothing later is looked at. `None` if
    /// there is nothing worth telling.
    pub fn revise(&mut self, at: Timestamp) -> Option<Revision> {
        let options = Options { at: Some(at), ..self.options };
        self.revisions.next(triage(self.system, self.reader.evidence(), options))
    }
}
