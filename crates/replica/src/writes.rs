//! What apply wants changed.

/// One change of one row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Write {
    /// Sets the row.
    Put {
        /// Row key.
        key: Vec<u8>,
        /// Row value.
        value: Vec<u8>,
    },
    /// Removes the row, if it is there.
    Delete {
        /// Row key.
        key: Vec<u8>,
    },
}

impl Write {
    /// The key that this write changes.
    pub fn key(&self) -> &[u8] {
        match self {
            Write::Put { key, .. } | Write::Delete { key } => key,
        }
    }
}

/// The changes of one entry, in order; a later write of a key wins.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Writes {
    list: Vec<Write>,
    evict: Vec<Vec<u8>>,
    evict_all: bool,
}

impl Writes {
    /// No change.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets `key` to `value`.
    pub fn put(&mut self, key: impl Into<Vec<u8>>, value: impl Into<Vec<u8>>) {
        self.list.push(Write::Put { key: key.into(), value: value.into() });
    }

    /// Sets `key` to the encoding of `message`.
    pub fn put_message(&mut self, key: impl Into<Vec<u8>>, message: &impl prost::Message) {
        self.put(key, message.encode_to_vec());
    }

    /// Removes `key`.
    pub fn delete(&mut self, key: impl Into<Vec<u8>>) {
        self.list.push(Write::Delete { key: key.into() });
    }

    /// Asks every node to wipe the opened form of the material sealed as `sealed` once these writes are committed.
    pub fn evict(&mut self, sealed: impl Into<Vec<u8>>) {
        self.evict.push(sealed.into());
    }

    /// Asks every node to wipe all opened material once these writes are committed.
    pub fn evict_all(&mut self) {
        self.evict_all = true;
    }

    /// Appends the changes of `later`.
    pub fn extend(&mut self, later: Writes) {
        self.list.extend(later.list);
        self.evict.extend(later.evict);
        self.evict_all |= later.evict_all;
    }

    /// The changes, in order.
    pub fn as_slice(&self) -> &[Write] {
        &self.list
    }

    /// What to wipe after commit.
    pub fn evictions(&self) -> &[Vec<u8>] {
        &self.evict
    }

    /// Whether all opened material is to be wiped after commit.
    pub fn evicts_all(&self) -> bool {
        self.evict_all
    }

    /// True when nothing changes.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// A byte string that two nodes share exactly when they wrote the same: what the chain hash covers.
    pub fn canonical(&self) -> Vec<u8> {
        let mut out = Vec::new();
        for write in &self.list {
            match write {
                Write::Put { key, value } => {
                    out.push(1);
                    push_sized(&mut out, key);
                    push_sized(&mut out, value);
                }
                Write::Delete { key } => {
                    out.push(2);
                    push_sized(&mut out, key);
                }
            }
        }
        out
    }
}

fn push_sized(out: &mut Vec<u8>, bytes: &[u8]) {
    out.extend_from_slice(&(bytes.len() as u64).to_be_bytes());
    out.extend_from_slice(bytes);
}
