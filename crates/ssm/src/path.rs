//! Paths of GetParametersByPath, and walking the rows below one.

use crate::SsmError;
use crate::limits::{LEVELS_MAX, PATH_ROWS_EXAMINED_MAX, PATH_ROWS_PIECE};
use crate::parameter_name::is_level;
use crate::tables::{self, ParameterRecord};
use prost::Message;
use replica::{AccountId, Arn, Region, View};

/// AWS's text for what is no path.
const FORM: &str = "The parameter doesn't meet the parameter name requirements. The parameter name must begin with a forward \
                    slash \"/\". It can't be prefixed with \"aws\" or \"ssm\" (case-insensitive). It must use only letters, \
                    numbers, or the following symbols: . (period), - (hyphen), _ (underscore). Special characters are not \
                    allowed. All sub-paths, if specified, must use the forward slash symbol \"/\". Valid example: \
                    /get/parameters2-/by1./path0_.";

/// A path, which ends in a slash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ParameterPath(String);

/// What a walk came to.
pub(crate) struct Walked {
    /// The parameters of this page.
    pub(crate) parameters: Vec<ParameterRecord>,
    /// The row at which the next page starts; `None` on the last page.
    pub(crate) next: Option<Vec<u8>>,
}

impl ParameterPath {
    /// Reads a path, with or without a slash at its end.
    pub(crate) fn parse(text: &str) -> Result<Self, SsmError> {
        let inner = text.strip_prefix('/').ok_or_else(|| SsmError::validation(FORM))?;
        let inner = inner.strip_suffix('/').unwrap_or(inner);
        if inner.is_empty() {
            return Ok(Self("/".to_owned()));
        }
        let levels: Vec<&str> = inner.split('/').collect();
        if !levels.iter().copied().all(is_level) {
            return Err(SsmError::validation(FORM));
        }
        if levels.len() > LEVELS_MAX {
            return Err(SsmError::HierarchyLevels);
        }
        Ok(Self(format!("/{inner}/")))
    }

    /// With a slash at both ends.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// What a call by this path is authorized on.
    pub(crate) fn arn(&self, region: &Region, account: &AccountId) -> Arn {
        let name = self.0.strip_suffix('/').filter(|name| !name.is_empty()).unwrap_or("/");
        Arn::new("ssm", region, account, format!("parameter{name}"))
    }

    /// Up to `limit` parameters below the path that `wanted` takes, from the row `from` on. It reads a bounded number of
    /// rows, so a page may be short or empty and still not the last.
    pub(crate) fn walk(
        &self,
        view: &dyn View,
        account: &AccountId,
        from: Vec<u8>,
        limit: usize,
        recursive: bool,
        wanted: impl Fn(&ParameterRecord) -> bool,
    ) -> Walked {
        let prefix = tables::parameter_rows(account).text_prefix(&self.0);
        let (mut from, mut parameters) = (from, Vec::new());
        let mut examined = 0;
        while examined < PATH_ROWS_EXAMINED_MAX {
            let rows = view.scan(prefix.as_bytes(), &from, PATH_ROWS_PIECE);
            let full = rows.len() == PATH_ROWS_PIECE;
            let Some((last, _)) = rows.last() else { return Walked { parameters, next: None } };
            let behind_piece = [last.as_slice(), &[0]].concat();
            let mut skip = None;
            for (row, value) in rows {
                if parameters.len() == limit {
                    return Walked { parameters, next: Some(row) };
                }
                examined += 1;
                if let Some(level) = self.level_below(&row).filter(|_| !recursive) {
                    skip = Some(behind_level(account, &self.0, &level));
                    break;
                }
                let record = ParameterRecord::decode(value.as_slice()).expect("a row of parameters is a parameter");
                if wanted(&record) {
                    parameters.push(record);
                }
            }
            match skip {
                Some(behind) => from = behind,
                None if full => from = behind_piece,
                None => return Walked { parameters, next: None },
            }
        }
        Walked { parameters, next: Some(from) }
    }

    /// The first part of a name that lies more than one level below the path.
    fn level_below(&self, row: &[u8]) -> Option<String> {
        let name = tables::name_of_row(row);
        let rest = name.strip_prefix(&self.0).expect("the walk stays below its path");
        rest.split_once('/').map(|(level, _)| level.to_owned())
    }
}

/// The least row above everything below `<path><level>/`: what follows a slash in the order of bytes is `0`.
fn behind_level(account: &AccountId, path: &str, level: &str) -> Vec<u8> {
    tables::parameter_rows(account).text_prefix(&format!("{path}{level}0")).into()
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
        tables::put_parameters(&mut writes, &account, names.len() as u64);
        tables.commit(&writes);
        (tables, account)
    }

    fn walk_all(names: &[String], path: &str, recursive: bool, limit: usize) -> (Vec<String>, usize) {
        let (tables, account) = tables_of(names);
        let path = ParameterPath::parse(path).expect("a path");
        let (mut found, mut from, mut pages) = (Vec::new(), Vec::new(), 0);
        loop {
            let Walked { parameters, next } = path.walk(&tables, &account, from, limit, recursive, |_| true);
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
    fn a_walk_finds_what_lies_below_its_path_and_nothing_else() {
        let all = names(&["x", "/app", "/app/b", "/app/a", "/app/c/d", "/app/c/e/f", "/app/c0", "/apple/g", "/zoo"]);
        for (path, recursive, expected) in [
            ("/app", false, &["/app/a", "/app/b", "/app/c0"][..]),
            ("/app/", true, &["/app/a", "/app/b", "/app/c/d", "/app/c/e/f", "/app/c0"]),
            ("/app/c", false, &["/app/c/d"]),
            ("/", false, &["/app", "x", "/zoo"]),
            ("/none", true, &[]),
        ] {
            for limit in [1, 2, 10] {
                assert_eq!(walk_all(&all, path, recursive, limit).0, expected, "{path} {recursive} {limit}");
            }
        }
    }

    #[test]
    fn a_level_is_stepped_over_however_much_is_below_it() {
        let mut all: Vec<String> = (0..5_000).map(|n| format!("/app/deep/{n}")).collect();
        all.extend(names(&["/app/a", "/app/z"]));
        let (found, pages) = walk_all(&all, "/app", false, 10);
        assert_eq!((found, pages), (names(&["/app/a", "/app/z"]), 1));
    }

    #[test]
    fn a_walk_hands_out_a_short_page_rather_than_read_on() {
        let all: Vec<String> = (0..2_500).map(|n| format!("/app/{n}/x")).collect();
        let (found, pages) = walk_all(&all, "/app", false, 10);
        assert!(found.is_empty());
        assert_eq!(pages, 3);
    }

    #[test]
    fn paths_are_held_to_awss_form() {
        for (text, good) in [("/", true), ("/a", true), ("/a/b/", true), ("a", false), ("", false), ("/a//b", false)] {
            assert_eq!(ParameterPath::parse(text).is_ok(), good, "{text}");
        }
        assert_eq!(ParameterPath::parse(&"/x".repeat(16)), Err(SsmError::HierarchyLevels));
        let (region, account) = ("us-east-1".parse().expect("Region"), "111122223333".parse().expect("account"));
        for (text, resource) in [("/", "parameter/"), ("/a/b/", "parameter/a/b")] {
            assert_eq!(ParameterPath::parse(text).expect("a path").arn(&region, &account).resource, resource);
        }
    }
}
