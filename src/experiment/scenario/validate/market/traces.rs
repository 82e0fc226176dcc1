//! The files of model `trace`: what was recorded of which pool.

use super::{MarketFile, Reader};
use crate::ec2::catalog::{TypeId, ZoneId};
use crate::ec2::market::TraceConfig;
use crate::ec2::market::trace::{self, AfterEnd, Recorded, TracedPool};
use crate::experiment::scenario::error::{Complaint, Report};
use crate::experiment::scenario::path::Path;
use crate::experiment::scenario::raw::market::{SpotMarket, SpotTrace};
use crate::experiment::scenario::validate::catalog::unknown_zone;
use crate::sim::SimTime;
use std::collections::BTreeMap;
use std::sync::Arc;

/// So many names of traces are listed in a message.
const NAMES_SHOWN: usize = 5;

/// The traces of the files read so far, by name of the file.
type Read = BTreeMap<String, Option<Vec<Recorded>>>;

impl Reader<'_> {
    /// The traces and what belongs to them; mistakes go to the report.
    pub(super) fn traces(
        &self,
        resolved: &mut SpotMarket,
        files: &mut Vec<MarketFile>,
        report: &mut Report,
    ) -> Option<TraceConfig> {
        let raw = &self.raw.spot_market;
        let root = Path::default().key("spotMarket");
        if let Some(preset) = &raw.preset {
            let complaint = Complaint::new(format!("model trace has no preset {preset}"));
            let hint = "leave it out, or write model: poolOnOff";
            report.error(&root.key("preset"), complaint.hint(hint));
        }
        if raw.traces.is_empty() {
            let complaint = Complaint::new("model trace needs traces");
            let hint = "write traces: [{file: spot.csv, instanceType: p3.2xlarge}]";
            report.error(&root, complaint.hint(hint));
            return None;
        }
        let mut pools = Vec::new();
        let mut read = Read::new();
        for (index, entry) in raw.traces.iter().enumerate() {
            let path = root.key("traces").index(index);
            self.one(entry, &path, &mut read, files, &mut pools, report);
        }
        let untraced = raw.untraced_pools.clone().unwrap_or_else(|| "closed".to_owned());
        let config = TraceConfig {
            pools,
            after_end: self.after_end(),
            drops_interrupt: raw.drops_interrupt.unwrap_or(true),
            untraced_open: untraced == "open",
        };
        resolved.traces.clone_from(&raw.traces);
        resolved.drops_interrupt = Some(config.drops_interrupt);
        let after_end = if config.after_end == AfterEnd::Hold { "hold" } else { "repeat" };
        (resolved.after_end, resolved.untraced_pools) =
            (Some(after_end.to_owned()), Some(untraced));
        Some(config)
    }

    fn after_end(&self) -> AfterEnd {
        match self.raw.spot_market.after_end.as_deref() {
            Some("hold") => AfterEnd::Hold,
            _ => AfterEnd::Repeat,
        }
    }

    /// One entry: a trace, and the pools that are like it.
    fn one(
        &self,
        entry: &SpotTrace,
        path: &Path,
        read: &mut Read,
        files: &mut Vec<MarketFile>,
        pools: &mut Vec<TracedPool>,
        report: &mut Report,
    ) {
        if !read.contains_key(&entry.file) {
            let recorded = report.ok(&path.key("file"), self.traces_of(&entry.file, files));
            read.insert(entry.file.clone(), recorded);
        }
        let Some(Some(recorded)) = read.get(&entry.file) else { return };
        let chosen = report.ok(&path.key("trace"), choose(entry, recorded));
        let Some((instance_type, zones)) = self.pools_of(entry, path, report) else { return };
        let Some(chosen) = chosen else { return };
        let (trace, prices) = (Arc::new(chosen.capacity.clone()), chosen.prices.clone());
        // Prices go on as the capacity does that they were recorded with.
        let length = trace.end().since(SimTime::ZERO);
        let prices = prices.map(|prices| match self.after_end() {
            AfterEnd::Repeat => Arc::new(prices.repeated(length, entry.from.0)),
            AfterEnd::Hold => Arc::new(prices.shifted(entry.from.0)),
        });
        for zone in zones {
            let same =
                |other: &TracedPool| (other.instance_type, other.zone) == (instance_type, zone);
            if pools.iter().any(same) {
                let zone = &self.catalog.zones()[zone.index()];
                let text = format!("{} in {zone} has two traces", entry.instance_type);
                report.error(path, Complaint::new(text).hint("name another availabilityZone"));
                continue;
            }
            let (trace, prices) = (Arc::clone(&trace), prices.clone());
            pools.push(TracedPool { instance_type, zone, trace, prices, from: entry.from.0 });
        }
    }

    fn traces_of(
        &self,
        file: &str,
        files: &mut Vec<MarketFile>,
    ) -> Result<Vec<Recorded>, Complaint> {
        let (text, hash) = self.files.inflated_text(file)?;
        let recorded = trace::read(&text).map_err(|error| {
            let hint = "the formats are described in docs/how-to/replay-a-spot-trace.md";
            Complaint::new(format!("{file}: {error}")).hint(hint)
        })?;
        let rows = recorded.iter().map(|trace| trace.capacity.steps().count() as u64).sum();
        files.push(MarketFile { file: file.to_owned(), format: "spot-trace", hash, rows });
        Ok(recorded)
    }

    /// The pools that an entry is of.
    fn pools_of(
        &self,
        entry: &SpotTrace,
        path: &Path,
        report: &mut Report,
    ) -> Option<(TypeId, Vec<ZoneId>)> {
        let catalog = self.catalog;
        let name = &entry.instance_type;
        let id = catalog.find(name).ok_or_else(|| Complaint::of(&catalog.unknown(name)));
        let id = report.ok(&path.key("instanceType"), id)?;
        let offered = &catalog.get(id).zones;
        let Some(zone) = &entry.availability_zone else {
            if offered.is_empty() {
                let text = format!("no zone of {} offers {name}", catalog.region());
                let hint = format!(
                    "give it zones: catalog: {{instanceTypes: [{{instanceType: {name}, zones: \
                     [{}]}}]}}",
                    catalog.zones().first().map_or("", String::as_str)
                );
                report.error(&path.key("instanceType"), Complaint::new(text).hint(hint));
                return None;
            }
            return Some((id, offered.clone()));
        };
        let path = path.key("availabilityZone");
        let found = catalog.find_zone(zone).ok_or_else(|| unknown_zone(zone, catalog));
        let found = report.ok(&path, found)?;
        if !offered.contains(&found) {
            let text = format!("{zone} does not offer {name}");
            let names: Vec<&str> =
                offered.iter().map(|zone| catalog.zones()[zone.index()].as_str()).collect();
            report.error(&path, Complaint::new(text).accepted(names.join(", ")));
            return None;
        }
        Some((id, vec![found]))
    }
}

/// The trace of a file that an entry means.
fn choose<'a>(entry: &SpotTrace, recorded: &'a [Recorded]) -> Result<&'a Recorded, Complaint> {
    let names = || recorded.iter().map(|trace| trace.name.as_str());
    let shown = || {
        let more = recorded.len().saturating_sub(NAMES_SHOWN);
        let shown = names().take(NAMES_SHOWN).collect::<Vec<_>>().join(", ");
        if more > 0 { format!("{shown} and {more} more") } else { shown }
    };
    match (&entry.trace, recorded) {
        (None, [only]) => Ok(only),
        (None, _) => Err(Complaint::new(format!("{} holds {} traces", entry.file, recorded.len()))
            .accepted(shown())
            .hint("name one of them with trace: NAME")),
        (Some(name), _) => recorded.iter().find(|trace| trace.name == *name).ok_or_else(|| {
            Complaint::new(format!("{} has no trace {name}", entry.file))
                .accepted(shown())
                .did_you_mean(name, names())
        }),
    }
}
