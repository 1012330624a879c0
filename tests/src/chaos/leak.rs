//! I6: the marker that every secret of the load holds is in no file and no metric, in whatever form.

use anyhow::Result;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use memchr::memmem::Finder;
use std::path::{Path, PathBuf};

/// Where `marker` is found: in the files under `folder`, and in the named texts.
///
/// # Errors
/// When a folder cannot be read.
pub fn search(folder: &Path, texts: &[(String, Vec<u8>)], marker: &str) -> Result<Vec<String>> {
    let forms = forms(marker.as_bytes());
    let finders: Vec<Finder<'_>> = forms.iter().map(Finder::new).collect();
    let found = |content: &[u8]| finders.iter().any(|finder| finder.find(content).is_some());
    let mut places = Vec::new();
    for path in files(folder)? {
        // A file that went away holds nothing.
        if found(&std::fs::read(&path).unwrap_or_default()) {
            places.push(path.display().to_string());
        }
    }
    places.extend(texts.iter().filter(|(_, content)| found(content)).map(|(name, _)| name.clone()));
    Ok(places)
}

/// What a secret looks like where somebody wrote it down: as it is, in hexadecimal, in base64 at each offset, and as Debug
/// prints bytes.
pub fn forms(secret: &[u8]) -> Vec<Vec<u8>> {
    let hex: String = secret.iter().map(|byte| format!("{byte:02x}")).collect();
    let debug = format!("{secret:?}");
    let mut forms = vec![
        secret.to_vec(),
        hex.to_uppercase().into_bytes(),
        hex.into_bytes(),
        debug.trim_matches(['[', ']']).as_bytes().to_vec(),
    ];
    for offset in 0..3 {
        // Base64 of the secret behind `offset` other bytes, without the characters that those bytes share.
        let padded = [vec![0; offset], secret.to_vec()].concat();
        let text = STANDARD.encode(&padded[..padded.len() - padded.len() % 3]);
        forms.push(text.as_bytes()[if offset == 0 { 0 } else { 4 }..].to_vec());
    }
    forms
}

/// Every file under a folder.
///
/// # Errors
/// When a folder cannot be read.
pub fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    let (mut files, mut folders) = (Vec::new(), vec![folder.to_owned()]);
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder)? {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.is_file() {
                files.push(path);
            }
        }
    }
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_marker_is_found_in_every_form_and_nowhere_else() {
        let temp = crate::scratch();
        let marker = "canary-0123456789abcdef";
        let debug = format!("{:?}", marker.as_bytes());
        let hex: String = marker.bytes().map(|byte| format!("{byte:02X}")).collect();
        let rows: [(&str, Vec<u8>); 7] = [
            ("raw", format!("x{marker}y").into_bytes()),
            ("hex", hex.into_bytes()),
            ("debug", debug.into_bytes()),
            ("base64-0", STANDARD.encode(format!("{marker}-1")).into_bytes()),
            ("base64-1", STANDARD.encode(format!("x{marker}-1")).into_bytes()),
            ("base64-2", STANDARD.encode(format!("xy{marker}-1")).into_bytes()),
            ("none", marker.replace("9a", "a9").into_bytes()),
        ];
        for (name, content) in &rows {
            std::fs::create_dir_all(temp.path().join(name)).expect("made");
            std::fs::write(temp.path().join(name).join("file"), content).expect("written");
        }
        let texts: Vec<_> = rows.iter().map(|(name, content)| ((*name).to_owned(), content.clone())).collect();
        let found = search(temp.path(), &texts, marker).expect("searched");
        for (name, _) in &rows {
            let count = found.iter().filter(|place| place.contains(name)).count();
            assert_eq!(count, if *name == "none" { 0 } else { 2 }, "{name} in {found:?}");
        }
    }
}
