//! How RocksDB is set up, and why. Small by default: many nodes share a machine in development.

use rocksdb::{BlockBasedIndexType, BlockBasedOptions, Cache, DBCompressionType, DBRecoveryMode, Options};

use crate::limits;

/// What an operator may choose. All in bytes.
#[derive(Debug, Clone)]
pub struct RocksOptions {
    /// Cache of blocks that were read, shared by all column families.
    pub block_cache_bytes: usize,
    /// Memory for writes that are not in files yet, all column families together.
    pub memtables_bytes: usize,
}

impl Default for RocksOptions {
    fn default() -> RocksOptions {
        RocksOptions { block_cache_bytes: limits::BLOCK_CACHE_BYTES, memtables_bytes: limits::MEMTABLES_BYTES }
    }
}

impl RocksOptions {
    /// Options of the database as a whole.
    pub(super) fn database(&self) -> Options {
        let mut options = Options::default();
        options.create_if_missing(true);
        options.create_missing_column_families(true);
        // A tail torn by a power cut was never acknowledged and may go; damage before the tail fails the open. The
        // default, point in time, would drop acknowledged entries after a bad block in silence; absolute consistency would
        // refuse an ordinary torn tail. A tail torn where it was synced is found by the high-water mark.
        options.set_wal_recovery_mode(match faults::planted(faults::Bug::TruncatingRecovery) {
            false => DBRecoveryMode::TolerateCorruptedTailRecords,
            true => DBRecoveryMode::PointInTime,
        });
        options.set_track_and_verify_wals_in_manifest(true);
        options.set_paranoid_checks(true);
        // Writes go to the operating system at once, so that a killed process loses nothing; flush_wal(true) is the sync.
        options.set_manual_wal_flush(false);
        // Rows that are loaded aside bypass the write-ahead log; all families then reach their files at one moment.
        options.set_atomic_flush(true);
        options.set_db_write_buffer_size(self.memtables_bytes);
        options.set_max_total_wal_size(limits::WAL_BYTES_MAX);
        options.set_max_open_files(limits::OPEN_FILES_MAX);
        options.set_max_background_jobs(limits::BACKGROUND_JOBS_MAX);
        options.set_bytes_per_sync(limits::BYTES_PER_SYNC);
        options.set_keep_log_file_num(limits::INFO_LOGS_MAX);
        options.set_max_log_file_size(limits::INFO_LOG_BYTES_MAX);
        options
    }

    /// The cache that [`RocksOptions::family`] takes for every family.
    pub(super) fn cache(&self) -> Cache {
        Cache::new_lru_cache(self.block_cache_bytes)
    }

    /// Options of one column family.
    pub(super) fn family(&self, cache: &Cache) -> Options {
        let mut blocks = BlockBasedOptions::default();
        blocks.set_block_cache(cache);
        blocks.set_bloom_filter(10.0, false);
        // Whole, a big file's index and filter are megabytes, more than a shard of the cache holds: every read would fetch and
        // unpack them again. In parts of a block's size only what is in use has to be there.
        blocks.set_cache_index_and_filter_blocks(true);
        blocks.set_index_type(BlockBasedIndexType::TwoLevelIndexSearch);
        blocks.set_partition_filters(true);
        blocks.set_metadata_block_size(limits::METADATA_BLOCK_BYTES);
        blocks.set_pin_top_level_index_and_filter(true);
        blocks.set_pin_l0_filter_and_index_blocks_in_cache(true);
        let mut options = Options::default();
        options.set_block_based_table_factory(&blocks);
        options.set_compression_type(DBCompressionType::Lz4);
        options.set_write_buffer_size(self.memtables_bytes / 2);
        options.set_max_write_buffer_number(limits::MEMTABLES_MAX);
        options.set_paranoid_checks(true);
        options
    }
}
