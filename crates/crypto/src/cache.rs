//! A bounded, short-lived map of opened secrets.
//!
//! Moka and its like evict in the background and keep removed values for a while; here a value that is evicted is
//! dropped, and thereby wiped, before the call returns.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Values by key, each for at most `age_max` after it was put in, at most `entries_max` of them.
pub(crate) struct Cache<V> {
    entries_max: usize,
    age_max: Duration,
    inner: Mutex<Inner<V>>,
}

struct Inner<V> {
    values: HashMap<Arc<[u8]>, Entry<V>>,
    /// The keys by the order in which they came, which is the order of their age.
    order: BTreeMap<u64, Arc<[u8]>>,
    next: u64,
}

struct Entry<V> {
    value: Arc<V>,
    since: Instant,
    position: u64,
}

impl<V> Cache<V> {
    /// An empty cache.
    pub(crate) fn new(entries_max: usize, age_max: Duration) -> Self {
        assert!(entries_max > 0, "a cache holds something");
        let inner = Inner { values: HashMap::new(), order: BTreeMap::new(), next: 0 };
        Self { entries_max, age_max, inner: Mutex::new(inner) }
    }

    /// The value of a key, unless it is too old.
    pub(crate) fn get(&self, key: &[u8], now: Instant) -> Option<Arc<V>> {
        self.with(|inner| {
            inner.drop_older_than(self.age_max, now);
            inner.values.get(key).map(|entry| Arc::clone(&entry.value))
        })
    }

    /// Puts a value in; the oldest make room.
    pub(crate) fn put(&self, key: Vec<u8>, value: V, now: Instant) -> Arc<V> {
        let value = Arc::new(value);
        self.with(|inner| {
            inner.drop_older_than(self.age_max, now);
            inner.remove(&key);
            while inner.values.len() >= self.entries_max {
                inner.drop_oldest();
            }
            inner.insert(key.into(), Arc::clone(&value), now);
        });
        value
    }

    /// Drops what is too old. Reads and writes do so too; a timer calls this when there are none.
    pub(crate) fn sweep(&self, now: Instant) {
        self.with(|inner| inner.drop_older_than(self.age_max, now));
    }

    /// Drops every value whose key begins with `prefix`.
    pub(crate) fn evict(&self, prefix: &[u8]) {
        self.with(|inner| {
            inner.values.retain(|key, _| !key.starts_with(prefix));
            inner.order.retain(|_, key| !key.starts_with(prefix));
        });
    }

    fn with<T>(&self, run: impl FnOnce(&mut Inner<V>) -> T) -> T {
        // A panic under this lock could only come from the allocator; the map is whole at every step.
        run(&mut self.inner.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl<V> Inner<V> {
    fn insert(&mut self, key: Arc<[u8]>, value: Arc<V>, now: Instant) {
        let position = self.next;
        self.next += 1;
        self.order.insert(position, Arc::clone(&key));
        self.values.insert(key, Entry { value, since: now, position });
    }

    fn remove(&mut self, key: &[u8]) {
        if let Some(entry) = self.values.remove(key) {
            self.order.remove(&entry.position);
        }
    }

    fn drop_oldest(&mut self) {
        if let Some((_, key)) = self.order.pop_first() {
            self.values.remove(&key);
        }
    }

    fn drop_older_than(&mut self, age_max: Duration, now: Instant) {
        while let Some((_, oldest)) = self.order.first_key_value() {
            let since = self.values.get(oldest).expect("both maps have the same keys").since;
            if now.saturating_duration_since(since) < age_max {
                return;
            }
            self.drop_oldest();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Weak;

    const AGE: Duration = Duration::from_secs(30);

    /// A value whose memory is gone has been dropped, and so wiped by its type.
    fn put(cache: &Cache<u8>, key: &[u8], now: Instant) -> Weak<u8> {
        Arc::downgrade(&cache.put(key.to_vec(), 0, now))
    }

    fn gone(value: &Weak<u8>) -> bool {
        value.upgrade().is_none()
    }

    #[test]
    fn age_wipes_on_the_next_touch_or_sweep() {
        let start = Instant::now();
        let touches: [fn(&Cache<u8>, Instant); 3] = [
            |cache, now| assert!(cache.get(b"other", now).is_none()),
            |cache, now| drop(cache.put(b"other".to_vec(), 1, now)),
            |cache, now| cache.sweep(now),
        ];
        for touch in touches {
            let cache = Cache::new(10, AGE);
            let value = put(&cache, b"key", start);
            touch(&cache, start + AGE - Duration::from_millis(1));
            assert!(cache.get(b"key", start).is_some());
            touch(&cache, start + AGE);
            assert!(gone(&value));
            assert!(cache.get(b"key", start).is_none());
        }
    }

    #[test]
    fn use_does_not_prolong_life() {
        let start = Instant::now();
        let cache = Cache::new(10, AGE);
        put(&cache, b"key", start);
        for second in 0..30 {
            assert!(cache.get(b"key", start + Duration::from_secs(second)).is_some());
        }
        assert!(cache.get(b"key", start + AGE).is_none());
    }

    #[test]
    fn the_oldest_makes_room() {
        let now = Instant::now();
        let cache = Cache::new(2, AGE);
        let [a, b] = [b"a", b"b"].map(|key| put(&cache, key, now));
        let again = put(&cache, b"a", now);
        assert!(gone(&a) && !gone(&b));
        let c = put(&cache, b"c", now);
        assert!(gone(&b) && !gone(&again) && !gone(&c));
    }

    #[test]
    fn eviction_wipes_all_that_begins_with_the_prefix() {
        let now = Instant::now();
        let cache = Cache::new(10, AGE);
        let [a1, a2, b] = [b"a1", b"a2", b"b1"].map(|key| put(&cache, key, now));
        cache.evict(b"a");
        assert!(gone(&a1) && gone(&a2) && !gone(&b));
        assert!(cache.get(b"b1", now).is_some());
        cache.sweep(now + AGE);
        assert!(gone(&b));
    }
}
