//! How fast machines were measured to work: the table that comes with the program.
//!
//! Knows figures and where they are from; what a scenario makes of them is its own affair.
//! Invariant: a figure compares only with those of its site, and only rows of [`EC2`] are families
//! that can be bought.

/// The site whose machines are families of EC2.
pub const EC2: &str = "ec2";

/// Measured speeds, with their sources.
#[derive(Clone, Debug, PartialEq)]
pub struct SpeedTable {
    /// By site, then by machine.
    pub figures: Vec<SpeedFigure>,
    /// Key and text of each source.
    pub sources: Vec<(String, String)>,
}

/// How fast the machines of one name work, against the reference of their site.
#[derive(Clone, Debug, PartialEq)]
pub struct SpeedFigure {
    /// `ec2`, or where else machines have names of their own.
    pub site: String,
    /// A family of EC2, or a name of the site.
    pub machine: String,
    /// Times the reference of the site.
    pub speed: f64,
    /// Ends of the 95 % interval; both 1 of the reference.
    pub interval: (f64, f64),
    /// Tasks that ran on it and on another machine.
    pub tasks: u32,
    /// How often they ran on it.
    pub rows: u32,
    /// Key of its source.
    pub source: String,
}

impl SpeedTable {
    /// The table that comes with the program.
    ///
    /// ```
    /// let table = batchcast::ec2::machine_speed::SpeedTable::embedded();
    /// assert!(table.of_family("c6id").is_some());
    /// assert!(table.of_family("no-such-family").is_none());
    /// ```
    #[must_use]
    pub fn embedded() -> Self {
        Self::parse(include_str!("machine_speed.csv"))
            .unwrap_or_else(|| unreachable!("the embedded table is tested"))
    }

    /// The figure of a family of EC2.
    #[must_use]
    pub fn of_family(&self, family: &str) -> Option<&SpeedFigure> {
        self.figures.iter().find(|figure| figure.site == EC2 && figure.machine == family)
    }

    /// Where a figure is from, in words.
    #[must_use]
    pub fn source_of(&self, figure: &SpeedFigure) -> &str {
        let source = self.sources.iter().find(|(key, _)| *key == figure.source);
        source.map_or("", |(_, text)| text)
    }

    /// Reads a table: `# source KEY: TEXT` lines, a header, rows.
    fn parse(text: &str) -> Option<Self> {
        let mut table = Self { figures: Vec::new(), sources: Vec::new() };
        let mut lines = text.lines();
        for comment in lines.by_ref().map_while(|line| line.strip_prefix('#')) {
            if let Some(source) = comment.trim_start().strip_prefix("source ") {
                let (key, text) = source.split_once(": ")?;
                table.sources.push((key.to_owned(), text.to_owned()));
            }
        }
        // The header was taken by `map_while`, as the first line that is no comment.
        for line in lines {
            let [site, machine, speed, low, high, tasks, rows, source] =
                line.split(',').collect::<Vec<_>>().try_into().ok()?;
            table.figures.push(SpeedFigure {
                site: site.to_owned(),
                machine: machine.to_owned(),
                speed: speed.parse().ok()?,
                interval: (low.parse().ok()?, high.parse().ok()?),
                tasks: tasks.parse().ok()?,
                rows: rows.parse().ok()?,
                source: source.to_owned(),
            });
        }
        Some(table)
    }
}

impl SpeedFigure {
    /// Whether it is the machine that others of its site are compared with.
    #[must_use]
    pub fn is_reference(&self) -> bool {
        self.interval == (1.0, 1.0)
    }

    /// The speed to reckon with: 1 where the interval holds 1, for then the machine was not told
    /// apart from the reference, and its figure is as much chance as speed.
    ///
    /// ```
    /// let mut figure = batchcast::ec2::machine_speed::SpeedTable::embedded().figures[0].clone();
    /// (figure.speed, figure.interval) = (0.8, (0.7, 0.9));
    /// assert_eq!(figure.factor(), 0.8);
    /// figure.interval = (0.6, 1.1);
    /// assert_eq!(figure.factor(), 1.0);
    /// ```
    #[must_use]
    pub fn factor(&self) -> f64 {
        let (low, high) = self.interval;
        if (low..=high).contains(&1.0) { 1.0 } else { self.speed }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ec2::catalog::Catalog;

    #[test]
    fn every_figure_of_the_embedded_table_has_a_source_and_lies_in_its_interval() {
        let table = SpeedTable::embedded();
        assert!(!table.figures.is_empty());
        for figure in &table.figures {
            let (low, high) = figure.interval;
            assert!(low <= figure.speed && figure.speed <= high && low > 0.0, "{figure:?}");
            assert!(table.source_of(figure).len() > 20, "{figure:?}");
            assert!(figure.tasks > 0 && figure.rows >= figure.tasks, "{figure:?}");
        }
    }

    #[test]
    fn every_site_of_the_embedded_table_has_one_reference_and_names_a_machine_once() {
        let table = SpeedTable::embedded();
        let sites: std::collections::BTreeSet<&str> =
            table.figures.iter().map(|figure| figure.site.as_str()).collect();
        for site in sites {
            let of_site = || table.figures.iter().filter(|figure| figure.site == site);
            let references = of_site().filter(|figure| figure.is_reference());
            assert_eq!(references.count(), 1, "{site}");
            let mut names: Vec<_> = of_site().map(|figure| &figure.machine).collect();
            assert!(names.is_sorted(), "{site}");
            let all = names.len();
            names.dedup();
            assert_eq!(names.len(), all, "{site}");
        }
    }

    #[test]
    fn only_families_of_ec2_are_found_by_family() {
        let (table, catalog) = (SpeedTable::embedded(), Catalog::embedded());
        for figure in &table.figures {
            let is_family = catalog.iter().any(|(_, t)| t.family == figure.machine);
            assert!(figure.site != EC2 || is_family, "{figure:?}");
            let found = table.of_family(&figure.machine);
            assert_eq!(found.is_some_and(|found| found == figure), figure.site == EC2);
        }
        // A node of another site, that EC2 has a family of the same name for.
        assert!(table.figures.iter().any(|figure| figure.machine == "a1" && figure.site != EC2));
        assert_eq!(table.of_family("a1"), None);
    }

    #[test]
    fn a_broken_table_is_none() {
        let good = "# source s: a source\nsite,...\nec2,c6i,1,1,1,2,3,s\n";
        assert_eq!(SpeedTable::parse(good).unwrap().figures.len(), 1);
        for (from, to) in
            [("1,1,1", "1,x,1"), (",2,3,s", ",2,3"), ("3,s", "3,s,more"), ("s: ", "s ")]
        {
            assert_eq!(SpeedTable::parse(&good.replacen(from, to, 1)), None, "{from} {to}");
        }
    }
}
