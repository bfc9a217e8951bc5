//! `io.prometheus.write.v2.Request` of remote write 2.0, which writes every text once and refers to
//! it (<https://github.com/prometheus/prometheus/blob/main/prompb/io/prometheus/write/v2/types.proto>).

use super::labels::checked;
use super::v1::{family_type, histogram_time, merged, sample};
use super::wire::{Field, Message, WireError};
use super::{Request, RequestSeries};
use crate::families::{Families, Family};

/// Reads a message. Fields that it does not know are passed over.
pub(super) fn decode(message: &[u8]) -> Result<Request, WireError> {
    let symbols = symbols(message)?;
    let mut request = Request::default();
    let mut fields = Message::new("Request", message);
    while let Some(field) = fields.next()? {
        if field.number == 5 {
            let series = series(&field, &symbols, &mut request)?;
            request.take(field.at, series);
        }
    }
    Ok(request)
}

/// All texts, which may stand behind what refers to them.
fn symbols(message: &[u8]) -> Result<Vec<&str>, WireError> {
    let mut symbols = Vec::new();
    let mut fields = Message::new("Request", message);
    while let Some(field) = fields.next()? {
        if field.number == 4 {
            symbols.push(field.text()?);
        }
    }
    Ok(symbols)
}

fn series(
    field: &Field<'_>,
    symbols: &[&str],
    request: &mut Request,
) -> Result<Result<RequestSeries, String>, WireError> {
    let mut references = Vec::new();
    let mut samples = Vec::new();
    let mut histograms = Vec::new();
    let mut described = None;
    let mut fields = field.message("TimeSeries")?;
    while let Some(field) = fields.next()? {
        match field.number {
            1 => field.uints(|reference| references.push(reference))?,
            2 => samples.push(sample(&field)?),
            3 => histograms.push(histogram_time(&field)?),
            4 => request.exemplars += 1,
            5 => described = Some(metadata(&field)?),
            _ => {}
        }
    }
    let labels = resolve(&references, symbols).and_then(|labels| checked(&labels));
    Ok(labels.and_then(|labels| {
        if let (Some(metadata), Some(metric)) = (described, labels.metric()) {
            metadata.describe(metric, symbols, &mut request.families)?;
        }
        Ok(RequestSeries { labels, samples: merged(samples, &histograms) })
    }))
}

/// The labels that references mean, a name and a value in turn.
fn resolve<'s>(references: &[u64], symbols: &[&'s str]) -> Result<Vec<(&'s str, &'s str)>, String> {
    let pairs = references.chunks_exact(2);
    if !pairs.remainder().is_empty() {
        return Err("its last label has a name and no value".to_owned());
    }
    pairs.map(|pair| Ok((symbol(pair[0], symbols)?, symbol(pair[1], symbols)?))).collect()
}

fn symbol<'s>(reference: u64, symbols: &[&'s str]) -> Result<&'s str, String> {
    let index = usize::try_from(reference).unwrap_or(usize::MAX);
    let count = symbols.len();
    let found = symbols.get(index).copied();
    found.ok_or_else(|| format!("it refers to symbol {reference} of {count}, which count from 0"))
}

/// What a series says of its metric, in references.
#[derive(Debug, Clone, Copy, Default)]
struct Metadata {
    type_number: u64,
    help: u64,
    unit: u64,
}

fn metadata(field: &Field<'_>) -> Result<Metadata, WireError> {
    let mut metadata = Metadata::default();
    let mut fields = field.message("Metadata")?;
    while let Some(field) = fields.next()? {
        match field.number {
            1 => metadata.type_number = field.uint()?,
            3 => metadata.help = field.uint()?,
            4 => metadata.unit = field.uint()?,
            _ => {}
        }
    }
    Ok(metadata)
}

impl Metadata {
    fn describe(
        self,
        metric: &str,
        symbols: &[&str],
        families: &mut Families,
    ) -> Result<(), String> {
        let family = Family {
            family_type: family_type(self.type_number),
            help: symbol(self.help, symbols)?.to_owned(),
            unit: symbol(self.unit, symbols)?.to_owned(),
        };
        // A sender that knows nothing of it sends the metadata all the same.
        if family != Family::default() {
            let name = family.family_type.base_of(metric);
            *families.entry(name) = family;
        }
        Ok(())
    }
}
