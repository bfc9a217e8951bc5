//! `prometheus.WriteRequest` of remote write 1.0
//! (<https://github.com/prometheus/prometheus/blob/main/prompb/types.proto>).

use knockon_promql::special;

use super::labels::checked;
use super::wire::{Field, Message, WireError};
use super::{Request, RequestSeries};
use crate::families::{Family, FamilyType};

/// Reads a message. Fields that it does not know are passed over.
pub(super) fn decode(message: &[u8]) -> Result<Request, WireError> {
    let mut request = Request::default();
    let mut fields = Message::new("WriteRequest", message);
    while let Some(field) = fields.next()? {
        match field.number {
            1 => {
                let series = series(&field, &mut request.exemplars)?;
                request.take(field.at, series);
            }
            3 => {
                let (name, family) = metadata(&field)?;
                *request.families.entry(name) = family;
            }
            _ => {}
        }
    }
    Ok(request)
}

fn series(
    field: &Field<'_>,
    exemplars: &mut usize,
) -> Result<Result<RequestSeries, String>, WireError> {
    let mut labels = Vec::new();
    let mut samples = Vec::new();
    let mut histograms = Vec::new();
    let mut fields = field.message("TimeSeries")?;
    while let Some(field) = fields.next()? {
        match field.number {
            1 => labels.push(label(&field)?),
            2 => samples.push(sample(&field)?),
            3 => *exemplars += 1,
            4 => histograms.push(histogram_time(&field)?),
            _ => {}
        }
    }
    let samples = merged(samples, &histograms);
    Ok(checked(&labels).map(|labels| RequestSeries { labels, samples }))
}

fn label<'a>(field: &Field<'a>) -> Result<(&'a str, &'a str), WireError> {
    let (mut name, mut value) = ("", "");
    let mut fields = field.message("Label")?;
    while let Some(field) = fields.next()? {
        match field.number {
            1 => name = field.text()?,
            2 => value = field.text()?,
            _ => {}
        }
    }
    Ok((name, value))
}

/// When and what; both versions have it alike.
pub(super) fn sample(field: &Field<'_>) -> Result<(i64, f64), WireError> {
    let (mut time_ms, mut value) = (0, 0.0);
    let mut fields = field.message("Sample")?;
    while let Some(field) = fields.next()? {
        match field.number {
            1 => value = field.double()?,
            2 => time_ms = field.int()?,
            _ => {}
        }
    }
    Ok((time_ms, value))
}

/// When a native histogram was taken; both versions have it alike.
pub(super) fn histogram_time(field: &Field<'_>) -> Result<i64, WireError> {
    let mut time_ms = 0;
    let mut fields = field.message("Histogram")?;
    while let Some(field) = fields.next()? {
        if field.number == 15 {
            time_ms = field.int()?;
        }
    }
    Ok(time_ms)
}

/// Samples with a marker for each native histogram. A series has the one or the other; one that
/// changed over has both.
pub(super) fn merged(mut samples: Vec<(i64, f64)>, histograms_ms: &[i64]) -> Vec<(i64, f64)> {
    if !histograms_ms.is_empty() {
        samples.extend(histograms_ms.iter().map(|time| (*time, special::NATIVE_HISTOGRAM)));
        samples.sort_by_key(|(time_ms, _)| *time_ms);
    }
    samples
}

/// The type of a number, which 2.0 counts alike; unknown if it is none.
pub(super) fn family_type(number: u64) -> FamilyType {
    let index = usize::try_from(number).unwrap_or(usize::MAX);
    FamilyType::ALL.get(index).copied().unwrap_or_default()
}

fn metadata<'a>(field: &Field<'a>) -> Result<(&'a str, Family), WireError> {
    let mut name = "";
    let mut family = Family::default();
    let mut fields = field.message("MetricMetadata")?;
    while let Some(field) = fields.next()? {
        match field.number {
            1 => family.family_type = family_type(field.uint()?),
            2 => name = field.text()?,
            4 => field.text()?.clone_into(&mut family.help),
            5 => field.text()?.clone_into(&mut family.unit),
            _ => {}
        }
    }
    Ok((name, family))
}
