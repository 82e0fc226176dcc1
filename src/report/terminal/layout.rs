//! Aligned columns and wrapped lines of plain text.

/// The widest line.
pub(super) const WIDTH: usize = 80;

/// A table: names to the left, numbers to the right, an optional bar behind them.
pub(super) struct Table {
    name_width: usize,
    rows: Vec<(Vec<String>, String)>,
}

impl Table {
    /// A table with these column titles; names longer than `name_width` are shortened.
    pub(super) fn new(name_width: usize, titles: &[&str]) -> Self {
        let titles = titles.iter().map(|title| (*title).to_owned()).collect();
        Self { name_width, rows: vec![(titles, String::new())] }
    }

    /// Adds a row; `tail` is printed behind it as it is.
    pub(super) fn row(&mut self, mut cells: Vec<String>, tail: String) {
        if let Some(name) = cells.first_mut() {
            *name = shorten(name, self.name_width);
        }
        self.rows.push((cells, tail));
    }

    /// Whether there is nothing below the titles.
    pub(super) fn is_empty(&self) -> bool {
        self.rows.len() < 2
    }

    /// The lines, or nothing for a table without rows. The first title is not indented.
    pub(super) fn render(&self) -> String {
        if self.is_empty() {
            return String::new();
        }
        let columns = self.rows[0].0.len();
        let width = |column: usize| {
            let cells = self.rows.iter().enumerate().filter_map(|(row, (cells, _))| {
                // Titles of the first column may reach over the indentation.
                let indent = if column == 0 && row > 0 { 2 } else { 0 };
                cells.get(column).map(|cell| cell.chars().count() + indent)
            });
            cells.max().unwrap_or(0)
        };
        let widths: Vec<usize> = (0..columns).map(width).collect();
        let mut text = String::new();
        for (row, (cells, tail)) in self.rows.iter().enumerate() {
            let mut line = String::new();
            for (column, cell) in cells.iter().enumerate() {
                let width = widths[column];
                match (column, row) {
                    (0, 0) => line += &format!("{cell:<width$}"),
                    (0, _) => line += &format!("  {cell:<rest$}", rest = width - 2),
                    _ => line += &format!("  {cell:>width$}"),
                }
            }
            if !tail.is_empty() {
                line = line + "  " + tail;
            }
            text += line.trim_end();
            text.push('\n');
        }
        text
    }
}

/// Words of `text` in lines of at most [`WIDTH`], the first behind `lead`, the others behind
/// `indent` blanks. Overlong words are cut.
pub(super) fn wrapped(lead: &str, indent: usize, text: &str) -> String {
    let room = WIDTH - indent;
    let mut lines = String::new();
    let mut line = lead.to_owned();
    let mut is_empty = true;
    for word in text.split_whitespace() {
        let word = shorten(word, room);
        let blank = usize::from(!is_empty);
        if !is_empty && line.chars().count() + blank + word.chars().count() > WIDTH {
            lines += line.trim_end();
            lines.push('\n');
            line = " ".repeat(indent);
        } else if !is_empty {
            line.push(' ');
        }
        line += &word;
        is_empty = false;
    }
    lines += line.trim_end();
    lines.push('\n');
    lines
}

/// At most `width` characters, none of them a control character.
pub(super) fn shorten(text: &str, width: usize) -> String {
    let printable = |c: char| if c.is_control() { '?' } else { c };
    if text.chars().count() <= width {
        return text.chars().map(printable).collect();
    }
    let mut short: String = text.chars().take(width.saturating_sub(2)).map(printable).collect();
    short += "..";
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_align_and_bars_follow() {
        let mut table = Table::new(20, &["Money", "USD"]);
        table.row(vec!["work".to_owned(), "12.00".to_owned()], "###".to_owned());
        table.row(vec!["in_flight".to_owned(), "1.50".to_owned()], String::new());
        assert_eq!(
            table.render(),
            "Money          USD\n  work       12.00  ###\n  in_flight   1.50\n"
        );
    }

    #[test]
    fn a_table_without_rows_is_nothing() {
        assert_eq!(Table::new(20, &["Money", "USD"]).render(), "");
    }

    #[test]
    fn lines_wrap_at_words_and_cut_what_is_too_long() {
        let text = wrapped("warning: ", 9, &format!("{} {}", "ab ".repeat(40), "x".repeat(100)));
        assert!(text.lines().all(|line| line.chars().count() <= WIDTH), "{text}");
        assert!(text.ends_with("xx..\n"), "{text}");
    }
}
