//! Files that are whole or absent: written aside, synced, put in place, the folder synced.

use crate::CryptoError;
use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

/// Puts a new file in place, readable by its owner alone.
///
/// # Errors
/// [`CryptoError::File`]; with the kind `AlreadyExists` when there is one: nothing is overwritten.
pub(crate) fn create(path: &Path, content: &[u8]) -> Result<(), CryptoError> {
    let aside = write_aside(path, content)?;
    // A link, unlike a rename, refuses to replace.
    let linked = fs::hard_link(&aside, path).map_err(CryptoError::file("putting a file in place"));
    fs::remove_file(&aside).map_err(CryptoError::file("removing a temporary file"))?;
    faults::point("crypto.file.created");
    linked?;
    sync_folder(path)
}

/// Replaces a file, or makes it; a crash leaves the former or the new one, never a part.
pub(crate) fn replace(path: &Path, content: &[u8]) -> Result<(), CryptoError> {
    let aside = write_aside(path, content)?;
    faults::point("crypto.file.aside");
    fs::rename(&aside, path).map_err(CryptoError::file("putting a file in place"))?;
    faults::point("crypto.file.replaced");
    sync_folder(path)
}

fn write_aside(path: &Path, content: &[u8]) -> Result<PathBuf, CryptoError> {
    let mut name = path.as_os_str().to_owned();
    name.push(".tmp");
    let aside = PathBuf::from(name);
    // What a crash left behind may have other permissions.
    match fs::remove_file(&aside) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            return Err(CryptoError::file("removing a temporary file")(error));
        }
        _ => {}
    }
    OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&aside)
        .and_then(|mut file| file.write_all(content).and_then(|()| file.sync_all()))
        .map_err(CryptoError::file("writing a file"))?;
    Ok(aside)
}

fn sync_folder(path: &Path) -> Result<(), CryptoError> {
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(CryptoError::file("syncing a folder"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::ErrorKind;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn a_new_file_never_overwrites_and_a_replacement_does() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("f");
        fs::write(folder.path().join("f.tmp"), "left by a crash").unwrap();
        create(&path, b"one").unwrap();
        let again = create(&path, b"two").unwrap_err();
        assert!(matches!(again, CryptoError::File { kind: ErrorKind::AlreadyExists, .. }));
        assert_eq!(fs::read(&path).unwrap(), b"one");
        replace(&path, b"three").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"three");
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is left aside");
    }
}
