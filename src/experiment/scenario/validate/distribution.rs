//! Run times: a duration, or a distribution with the parameters that it takes.

use super::super::error::{Complaint, Report};
use super::super::path::Path;
use super::super::raw::model::{Distribution, Runtime};
use super::super::scalar::Duration;
use super::super::source::Files;
use crate::sim::sampler::{Sampler, SamplerError};
use serde_json::Value;

/// The sampler, in seconds; mistakes go to the report.
pub(super) fn read(
    raw: &Runtime,
    files: &Files,
    path: &Path,
    report: &mut Report,
) -> Option<Sampler> {
    let made = match raw {
        Runtime::Constant(duration) => Sampler::constant(duration.0.as_secs_f64()),
        Runtime::Drawn(drawn) => {
            let before = report.errors.len();
            check_parameters(drawn, path, report);
            if report.errors.len() > before {
                return None;
            }
            make(drawn, files, path, report)?
        }
    };
    made.map_err(|error| sampler_error(&error, path, report)).ok()
}

/// The parameters of each distribution; of an empirical one either will do.
fn parameters(distribution: &str) -> &'static [&'static str] {
    match distribution {
        "constant" => &["value"],
        "exponential" => &["mean"],
        "lognormal" => &["median", "sigma"],
        "weibull" | "gamma" => &["shape", "scale"],
        "pareto" => &["shape", "minimum"],
        _ => &["values", "file"],
    }
}

fn check_parameters(raw: &Distribution, path: &Path, report: &mut Report) {
    let name = &raw.distribution;
    let expected = parameters(name);
    let given = [
        ("value", raw.value.is_some()),
        ("mean", raw.mean.is_some()),
        ("median", raw.median.is_some()),
        ("sigma", raw.sigma.is_some()),
        ("shape", raw.shape.is_some()),
        ("scale", raw.scale.is_some()),
        ("minimum", raw.minimum.is_some()),
        ("values", raw.values.is_some()),
        ("file", raw.file.is_some()),
    ];
    for (key, _) in given.iter().filter(|(key, given)| *given && !expected.contains(key)) {
        let complaint = Complaint::new(format!("{key} is no parameter of {name}"));
        report.key_error(&path.key(key), complaint.accepted(expected.join(", ")));
    }
    let missing =
        given.iter().filter(|(key, given)| !*given && expected.contains(key)).collect::<Vec<_>>();
    let either = name == "empirical";
    if (either && missing.len() != 1) || (!either && !missing.is_empty()) {
        let complaint = Complaint::new(match either {
            true => "empirical takes values or file".to_owned(),
            false => format!("{} of {name} is missing", missing[0].0),
        });
        report.error(path, complaint.accepted(expected.join(if either { " or " } else { ", " })));
    }
}

/// Makes a sampler of parameters that are all there.
fn make(
    raw: &Distribution,
    files: &Files,
    path: &Path,
    report: &mut Report,
) -> Option<Result<Sampler, SamplerError>> {
    let secs = |duration: Option<Duration>| duration.unwrap_or_default().0.as_secs_f64();
    let shape = raw.shape.unwrap_or_default();
    Some(match raw.distribution.as_str() {
        "constant" => Sampler::constant(secs(raw.value)),
        "exponential" => Sampler::exponential(secs(raw.mean)),
        "lognormal" => Sampler::lognormal(secs(raw.median), raw.sigma.unwrap_or_default()),
        "weibull" => Sampler::weibull(shape, secs(raw.scale)),
        "pareto" => Sampler::pareto(shape, secs(raw.minimum)),
        "gamma" => Sampler::gamma(shape, secs(raw.scale)),
        _ => Sampler::empirical(values(raw, files, path, report)?),
    })
}

fn values(raw: &Distribution, files: &Files, path: &Path, report: &mut Report) -> Option<Vec<f64>> {
    if let Some(values) = &raw.values {
        return Some(values.iter().map(|value| value.0.as_secs_f64()).collect());
    }
    let file = raw.file.as_deref()?;
    let path = path.key("file");
    let text = report.ok(&path, files.text(file))?;
    let mut values = Vec::new();
    for (number, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        match serde_json::from_value::<Duration>(Value::from(line.trim())) {
            Ok(value) => values.push(value.0.as_secs_f64()),
            Err(error) => {
                let complaint = Complaint::new(format!("{file}:{}: {error}", number + 1));
                report.error(&path, complaint.accepted("one duration a line, such as 90s"));
                return None;
            }
        }
    }
    Some(values)
}

fn sampler_error(error: &SamplerError, path: &Path, report: &mut Report) {
    let path = match error {
        SamplerError::Parameter { parameter, .. } => path.key(parameter),
        SamplerError::NoValues | SamplerError::Value { .. } => path.clone(),
    };
    let text = error.to_string();
    let (message, accepted) = text.split_once("; expected ").unwrap_or((&text, ""));
    let complaint = Complaint::new(message);
    report.error(&path, if accepted.is_empty() { complaint } else { complaint.accepted(accepted) });
}
