//! Walking the rows of an account's parameters, in pages that read a bounded number of rows.

use crate::limits::{ROWS_EXAMINED_MAX, ROWS_PIECE};
use crate::tables::{self, ParameterRecord};
use prost::Message;
use replica::{AccountId, View};

/// Rows that lie together: what a listing has to look at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Span {
    /// What the keys of its rows begin with.
    prefix: Vec<u8>,
    /// The path whose direct children alone are looked at, with a slash at its end.
    one_level_below: Option<String>,
}

/// What a walk came to.
pub(crate) struct Walked {
    /// The parameters of this page.
    pub(crate) parameters: Vec<ParameterRecord>,
    /// The row at which the next page starts; `None` on the last page.
    pub(crate) next: Option<Vec<u8>>,
}

impl Span {
    /// The row of one parameter.
    pub(crate) fn of_name(account: &AccountId, name: &str) -> Self {
        Self { prefix: tables::parameter_row(account, name).into(), one_level_below: None }
    }

    /// Everything whose canonical name begins with `start`.
    pub(crate) fn of_start(account: &AccountId, start: &str) -> Self {
        Self { prefix: tables::parameter_rows(account).text_prefix(start).into(), one_level_below: None }
    }

    /// The direct children of `path`, which ends in a slash.
    pub(crate) fn one_level(account: &AccountId, path: &str) -> Self {
        Self { one_level_below: Some(path.to_owned()), ..Self::of_start(account, path) }
    }

    /// The first part of a name that lies more than one level below the span's path.
    fn level_below(&self, row: &[u8]) -> Option<String> {
        let path = self.one_level_below.as_ref()?;
        let name = tables::name_of_row(row);
        let rest = name.strip_prefix(path.as_str()).expect("the walk stays below its path");
        rest.split_once('/').map(|(level, _)| format!("{path}{level}"))
    }
}

/// Puts spans in the order of their rows and leaves out those that lie inside another.
pub(crate) fn in_order(mut spans: Vec<Span>) -> Vec<Span> {
    spans.sort_by(|a, b| a.prefix.cmp(&b.prefix));
    // What a span contains follows it directly.
    spans.dedup_by(|later, earlier| later.prefix.starts_with(&earlier.prefix));
    spans
}

/// Up to `limit` parameters of the spans that `wanted` takes, from the row `from` on. The spans are in order and apart.
/// It reads a bounded number of rows, so a page may be short or empty and still not the last.
pub(crate) fn walk(
    view: &dyn View,
    account: &AccountId,
    spans: &[Span],
    from: Vec<u8>,
    limit: usize,
    wanted: impl Fn(&ParameterRecord) -> bool,
) -> Walked {
    let mut page = Page { parameters: Vec::new(), examined: 0, limit };
    let mut from = from;
    for span in spans {
        if let Some(next) = page.walk_span(view, account, span, &mut from, &wanted) {
            return Walked { parameters: page.parameters, next: Some(next) };
        }
    }
    Walked { parameters: page.parameters, next: None }
}

/// A page on its way.
struct Page {
    parameters: Vec<ParameterRecord>,
    examined: usize,
    limit: usize,
}

impl Page {
    /// Walks one span; where the next page starts when this one ends here.
    fn walk_span(
        &mut self,
        view: &dyn View,
        account: &AccountId,
        span: &Span,
        from: &mut Vec<u8>,
        wanted: &impl Fn(&ParameterRecord) -> bool,
    ) -> Option<Vec<u8>> {
        while self.examined < ROWS_EXAMINED_MAX {
            let rows = view.scan(&span.prefix, from, ROWS_PIECE);
            let full = rows.len() == ROWS_PIECE;
            let (last, _) = rows.last()?;
            let behind_piece = [last.as_slice(), &[0]].concat();
            let mut skip = None;
            for (row, value) in rows {
                if self.parameters.len() == self.limit {
                    return Some(row);
                }
                self.examined += 1;
                if let Some(level) = span.level_below(&row) {
                    skip = Some(behind_level(account, &level));
                    break;
                }
                let record = ParameterRecord::decode(value.as_slice()).expect("a row of parameters is a parameter");
                if wanted(&record) {
                    self.parameters.push(record);
                }
            }
            match skip {
                Some(behind) => *from = behind,
                None if full => *from = behind_piece,
                None => {
                    *from = behind_piece;
                    return None;
                }
            }
        }
        Some(from.clone())
    }
}

/// The least row above everything below `<level>/`: what follows a slash in the order of bytes is `0`.
fn behind_level(account: &AccountId, level: &str) -> Vec<u8> {
    tables::parameter_rows(account).text_prefix(&format!("{level}0")).into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tables::VersionRecord;
    use replica::Writes;
    use replica::testing::Tables;

    fn tables_of(names: &[String]) -> (Tables, AccountId) {
        let (mut tables, account): (Tables, AccountId) = (Tables::default(), "111122223333".parse().expect("account"));
        let mut writes = Writes::new();
        for name in names {
            let newest = Some(VersionRecord::default());
            let record = ParameterRecord { name: name.clone(), newest, ..ParameterRecord::default() };
            writes.put_message(tables::parameter_row(&account, name), &record);
        }
        tables.commit(&writes);
        (tables, account)
    }

    fn walk_all(names: &[String], spans: impl Fn(&AccountId) -> Vec<Span>, limit: usize) -> (Vec<String>, usize) {
        let (tables, account) = tables_of(names);
        let spans = in_order(spans(&account));
        let (mut found, mut from, mut pages) = (Vec::new(), Vec::new(), 0);
        loop {
            let Walked { parameters, next } = walk(&tables, &account, &spans, from, limit, |_| true);
            assert!(parameters.len() <= limit);
            found.extend(parameters.into_iter().map(|parameter| parameter.name));
            pages += 1;
            match next {
                Some(next) => from = next,
                None => return (found, pages),
            }
        }
    }

    fn names(list: &[&str]) -> Vec<String> {
        list.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn a_walk_finds_what_lies_in_its_spans_and_nothing_else() {
        type Make = fn(&AccountId) -> Vec<Span>;
        let all = names(&["x", "/app", "/app/b", "/app/a", "/app/c/d", "/app/c/e/f", "/app/c0", "/apple/g", "/zoo"]);
        let rows: [(Make, &[&str]); 8] = [
            (|a| vec![Span::one_level(a, "/app/")], &["/app/a", "/app/b", "/app/c0"]),
            (|a| vec![Span::of_start(a, "/app/")], &["/app/a", "/app/b", "/app/c/d", "/app/c/e/f", "/app/c0"]),
            (|a| vec![Span::one_level(a, "/app/c/")], &["/app/c/d"]),
            (|a| vec![Span::one_level(a, "/")], &["/app", "x", "/zoo"]),
            (|a| vec![Span::of_start(a, "/none")], &[]),
            (|a| vec![Span::of_name(a, "zoo"), Span::of_name(a, "x"), Span::of_name(a, "/ap")], &["x", "/zoo"]),
            (
                |a| vec![Span::of_start(a, "/zo"), Span::of_start(a, "/app/c"), Span::of_name(a, "/app/c0")],
                &["/app/c/d", "/app/c/e/f", "/app/c0", "/zoo"],
            ),
            (|_| vec![], &[]),
        ];
        for (at, (spans, expected)) in rows.into_iter().enumerate() {
            for limit in [1, 2, 10] {
                assert_eq!(walk_all(&all, spans, limit).0, expected, "row {at} limit {limit}");
            }
        }
    }

    #[test]
    fn a_level_is_stepped_over_however_much_is_below_it() {
        let mut all: Vec<String> = (0..5_000).map(|n| format!("/app/deep/{n}")).collect();
        all.extend(names(&["/app/a", "/app/z"]));
        let (found, pages) = walk_all(&all, |account| vec![Span::one_level(account, "/app/")], 10);
        assert_eq!((found, pages), (names(&["/app/a", "/app/z"]), 1));
    }

    #[test]
    fn a_walk_hands_out_a_short_page_rather_than_read_on() {
        let all: Vec<String> = (0..2_500).map(|n| format!("/app/{n}/x")).collect();
        let (found, pages) = walk_all(&all, |account| vec![Span::one_level(account, "/app/")], 10);
        assert!(found.is_empty());
        assert_eq!(pages, 3);
    }
}
