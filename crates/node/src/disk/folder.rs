//! The data folder of a node: its places, its lock, and how a file in it is replaced.
//!
//! Everything in it is the user's alone (0700), and one process at a time owns it.

use crate::NodeError;
use rustix::fs::{FlockOperation, flock};
use std::fs::{DirBuilder, File, OpenOptions, Permissions};
use std::io::Write as _;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

/// The admin socket's name in the folder.
const ADMIN_SOCKET: &str = "admin.sock";

/// A data folder that this process owns.
#[derive(Debug)]
pub struct Folder {
    root: PathBuf,
    _lock: File,
}

impl Folder {
    /// Creates the folder if it is not there, and locks it.
    ///
    /// # Errors
    /// [`NodeError::InUse`] when another process owns it, [`NodeError::Folder`] when others may enter it.
    pub fn open(root: &Path) -> Result<Self, NodeError> {
        DirBuilder::new().recursive(true).mode(0o700).create(root).map_err(NodeError::file("cannot create", root))?;
        let mode = std::fs::metadata(root).map_err(NodeError::file("cannot read", root))?.permissions().mode();
        if mode & 0o077 != 0 {
            let reason = format!("its mode is {:o}; it must be 700, for it holds keys", mode & 0o777);
            return Err(NodeError::Folder { path: root.to_owned(), reason });
        }
        let path = root.join("lock");
        let options = OpenOptions::new().create(true).truncate(false).write(true).mode(0o600).to_owned();
        let lock = options.open(&path).map_err(NodeError::file("cannot create", &path))?;
        flock(&lock, FlockOperation::NonBlockingLockExclusive)
            .map_err(|_| NodeError::InUse { path: root.to_owned() })?;
        Ok(Self { root: root.to_owned(), _lock: lock })
    }

    /// The folder itself.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Where the admin socket of the node with this data folder is.
    pub fn admin_socket_in(root: &Path) -> PathBuf {
        root.join(ADMIN_SOCKET)
    }

    /// Where this node's admin socket is.
    pub fn admin_socket(&self) -> PathBuf {
        Self::admin_socket_in(&self.root)
    }

    /// RocksDB's folder.
    pub fn database(&self) -> PathBuf {
        self.root.join("db")
    }

    /// The keyring, beside the database and never in it.
    pub fn keyring(&self) -> PathBuf {
        self.root.join("keyring")
    }

    /// What the node is; its being there is what makes the node a member.
    pub fn identity(&self) -> PathBuf {
        Self::identity_in(&self.root)
    }

    /// Where the identity of the node with this data folder is.
    pub fn identity_in(root: &Path) -> PathBuf {
        root.join("identity.json")
    }

    /// What was found wrong with the node's disk.
    pub fn quarantine(&self) -> PathBuf {
        Self::quarantine_in(&self.root)
    }

    /// Where the finding about the node with this data folder is.
    pub fn quarantine_in(root: &Path) -> PathBuf {
        root.join("quarantine.json")
    }

    /// Where the node's peers are.
    pub fn contacts(&self) -> PathBuf {
        Self::contacts_in(&self.root)
    }

    /// Where the peers' addresses of the node with this data folder are.
    pub fn contacts_in(root: &Path) -> PathBuf {
        root.join("peers.json")
    }

    /// The room that the node with this data folder keeps in reserve.
    pub fn reserve_in(root: &Path) -> PathBuf {
        root.join("reserve")
    }

    /// There while a cluster is being made.
    pub fn birth_under_way(&self) -> PathBuf {
        self.root.join("birth.pending")
    }

    /// A sealed keyring that is tried and not taken over yet.
    pub fn tried_keyring(&self) -> PathBuf {
        self.root.join("keyring.tried")
    }

    /// The private key of a node that is being admitted, sealed.
    pub fn joining_key(&self) -> PathBuf {
        self.root.join("joining.key")
    }

    /// Replaces `path` by `bytes`, all or nothing, on disk when it returns.
    pub fn replace(path: &Path, bytes: &[u8]) -> Result<(), NodeError> {
        let aside = path.with_extension("new");
        let mut file = OpenOptions::new()
            .create(true)
            .write(true)
            .truncate(true)
            .mode(0o600)
            .open(&aside)
            .map_err(NodeError::file("cannot create", &aside))?;
        file.set_permissions(Permissions::from_mode(0o600)).map_err(NodeError::file("cannot protect", &aside))?;
        file.write_all(bytes).and_then(|()| file.sync_all()).map_err(NodeError::file("cannot write", &aside))?;
        faults::point("node.file.written");
        std::fs::rename(&aside, path).map_err(NodeError::file("cannot replace", path))?;
        faults::point("node.file.renamed");
        sync_parent(path)
    }

    /// As [`Folder::replace`], with checksums in a file beside it. That one goes first and names what was there and what is to
    /// be, so that at each moment it names what is there.
    pub fn replace_summed(path: &Path, bytes: &[u8]) -> Result<(), NodeError> {
        let former = std::fs::read(path).map(|former| sum_of(&former) + "\n").unwrap_or_default();
        Self::replace(&sums(path), format!("{former}{}\n", sum_of(bytes)).as_bytes())?;
        Self::replace(path, bytes)
    }

    /// Whether `bytes`, read from `path`, are what was written there. A file without checksums is taken as it is: earlier
    /// versions wrote none.
    pub fn is_whole(path: &Path, bytes: &[u8]) -> bool {
        match std::fs::read_to_string(sums(path)) {
            Ok(sums) => sums.lines().any(|sum| sum == sum_of(bytes)),
            Err(cause) => cause.kind() == std::io::ErrorKind::NotFound,
        }
    }

    /// Removes the folder `path` with everything in it, if it is there, on disk when it returns.
    pub fn remove_folder(path: &Path) -> Result<(), NodeError> {
        match std::fs::remove_dir_all(path) {
            Ok(()) => sync_parent(path),
            Err(cause) if cause.kind() == std::io::ErrorKind::NotFound => Ok(()),
            Err(cause) => Err(NodeError::file("cannot remove", path)(cause)),
        }
    }

    /// Removes `path` if it is there, on disk when it returns.
    pub fn remove(path: &Path) -> Result<(), NodeError> {
        match std::fs::remove_file(path) {
            Ok(()) => sync_parent(path),
            Err(cause) if cause.kind() == std::io::ErrorKind::NotFound => Ok(()),
            Err(cause) => Err(NodeError::file("cannot remove", path)(cause)),
        }
    }
}

/// The file that says what the checksums of `path` may be.
fn sums(path: &Path) -> PathBuf {
    path.with_extension("sum")
}

fn sum_of(bytes: &[u8]) -> String {
    hex::encode(crypto::sha256(bytes))
}

/// A rename is on disk only when its folder is.
fn sync_parent(path: &Path) -> Result<(), NodeError> {
    let folder = path.parent().expect("a file of the data folder is in a folder");
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(NodeError::file("cannot sync", folder))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_has_one_owner() {
        let temp = tempfile::tempdir().expect("temp");
        let root = temp.path().join("data");
        let first = Folder::open(&root).expect("free");
        assert!(matches!(Folder::open(&root), Err(NodeError::InUse { .. })));
        drop(first);
        Folder::open(&root).expect("free again");
    }

    #[test]
    fn a_folder_that_others_may_enter_is_refused() {
        let temp = tempfile::tempdir().expect("temp");
        let root = temp.path().join("data");
        drop(Folder::open(&root).expect("made 0700"));
        std::fs::set_permissions(&root, Permissions::from_mode(0o750)).expect("chmod");
        let error = Folder::open(&root).expect_err("others may enter");
        assert!(error.to_string().contains("mode is 750"), "{error}");
    }

    #[test]
    fn a_replaced_file_is_the_owners_alone() {
        let temp = tempfile::tempdir().expect("temp");
        let path = temp.path().join("file");
        for content in ["first", "second, longer"] {
            Folder::replace(&path, content.as_bytes()).expect("written");
            assert_eq!(std::fs::read_to_string(&path).expect("there"), content);
        }
        assert_eq!(std::fs::metadata(&path).expect("there").permissions().mode() & 0o777, 0o600);
        Folder::remove(&path).expect("removed");
        Folder::remove(&path).expect("removing twice is no error");
        assert!(!path.exists());
    }

    #[test]
    fn a_file_with_checksums_is_whole_or_not() {
        let temp = tempfile::tempdir().expect("temp");
        let path = temp.path().join("identity.json");
        std::fs::write(&path, "earlier").expect("written");
        assert!(Folder::is_whole(&path, b"earlier"), "without checksums");
        Folder::replace_summed(&path, b"first").expect("written");
        assert!(
            Folder::is_whole(&path, b"first") && Folder::is_whole(&path, b"earlier"),
            "a crash may leave the former"
        );
        assert!(!Folder::is_whole(&path, b"fIrst"));
        Folder::replace_summed(&path, b"second").expect("written");
        assert!(Folder::is_whole(&path, b"second") && !Folder::is_whole(&path, b"earlier"));
    }
}
