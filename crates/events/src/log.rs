//! Records as lines of the structured log.
//!
//! They look as every other line does, and are written here and not by way of `tracing`: its subscribers hold lines back
//! and keep it to themselves when one cannot be written.

use crate::{NotRecorded, Record, Recorder};
use replica::{Clock, Timestamp};
use serde::Serialize;
use std::io;
use std::sync::Arc;

/// Room for most records, so that one is written without moving it.
const RECORD_BYTES_TYPICAL: usize = 2048;
/// The target of these lines.
const TARGET: &str = "audit";
/// Their level.
const LEVEL: &str = "INFO";

/// The form of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LineFormat {
    /// For people.
    Text,
    /// One JSON object.
    Json,
}

/// Takes a whole line, or fails.
type Write = Box<dyn Fn(&[u8]) -> io::Result<()> + Send + Sync>;

/// Writes one line per record, under the target `audit`, with the whole record as JSON in the field `record`.
pub struct LogRecorder {
    format: LineFormat,
    clock: Arc<dyn Clock>,
    write: Write,
}

/// A line for machines, in `tracing`'s order.
#[derive(Serialize)]
struct Line<'a> {
    timestamp: String,
    level: &'a str,
    record: &'a str,
    target: &'a str,
}

impl LogRecorder {
    /// A recorder that hands each line whole, with its end, to `write`, which fails unless the log has taken it.
    pub fn new<W>(format: LineFormat, clock: Arc<dyn Clock>, write: W) -> Self
    where
        W: Fn(&[u8]) -> io::Result<()> + Send + Sync + 'static,
    {
        Self { format, clock, write: Box::new(write) }
    }

    fn line(&self, record: &str) -> serde_json::Result<String> {
        let timestamp = rfc_3339(self.clock.now());
        Ok(match self.format {
            LineFormat::Text => format!("{timestamp}  {LEVEL} {TARGET}: record={record}\n"),
            LineFormat::Json => {
                let line = Line { timestamp, level: LEVEL, record, target: TARGET };
                serde_json::to_string(&line)? + "\n"
            }
        })
    }
}

impl Recorder for LogRecorder {
    fn record(&self, record: &Record) -> Result<(), NotRecorded> {
        let mut json = Vec::with_capacity(RECORD_BYTES_TYPICAL);
        serde_json::to_writer(&mut json, record).map_err(|cause| NotRecorded(cause.to_string()))?;
        let json = String::from_utf8(json).expect("JSON is text");
        let line = self.line(&json).map_err(|cause| NotRecorded(cause.to_string()))?;
        faults::point("events.line.writing");
        (self.write)(line.as_bytes()).map_err(|cause| NotRecorded(cause.to_string()))
    }
}

/// As `tracing` writes the time of a line, in microseconds.
fn rfc_3339(at: Timestamp) -> String {
    let millis = i64::try_from(at.as_millis()).unwrap_or(i64::MAX);
    let at = jiff::Timestamp::from_millisecond(millis).unwrap_or(jiff::Timestamp::MAX);
    at.strftime("%Y-%m-%dT%H:%M:%S.%6fZ").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Event, Stranger};
    use serde_json::Value;
    use std::io::Write as _;
    use std::sync::Mutex;

    struct Fixed;

    impl Clock for Fixed {
        fn now(&self) -> Timestamp {
            Timestamp::from_millis(1_795_286_943_217)
        }
    }

    fn record() -> Record {
        let stranger = Stranger {
            request_id: "r".to_owned(),
            received_at: Fixed.now(),
            region: "us-east-1".parse().unwrap(),
            source_ip: "192.0.2.7".parse().unwrap(),
            user_agent: "says \"x\"\n".to_owned(),
            access_key_id: None,
        };
        let (parameters, response) = (Value::Null, Value::Null);
        let event =
            Event { service: "kms", operation: "Decrypt", parameters, response, resources: Vec::new(), error: None };
        Record::of_stranger(&stranger, event)
    }

    fn line(format: LineFormat, record: &Record) -> String {
        let written = Arc::new(Mutex::new(Vec::new()));
        let log = written.clone();
        let recorder = LogRecorder::new(format, Arc::new(Fixed), move |line: &[u8]| {
            log.lock().unwrap().extend_from_slice(line);
            Ok(())
        });
        recorder.record(record).unwrap();
        String::from_utf8(written.lock().unwrap().clone()).unwrap()
    }

    #[test]
    fn a_line_holds_the_whole_record() {
        let record = record();
        let json = serde_json::to_string(&record).unwrap();
        let text = line(LineFormat::Text, &record);
        assert_eq!(text, format!("2026-11-21T18:49:03.217000Z  INFO audit: record={json}\n"));
        let line = line(LineFormat::Json, &record);
        let read: Value = serde_json::from_str(line.strip_suffix('\n').unwrap()).unwrap();
        assert_eq!(
            read,
            serde_json::json!({"timestamp": "2026-11-21T18:49:03.217000Z", "level": "INFO", "record": json, "target": "audit"})
        );
        assert_eq!(line.lines().count(), 1);
    }

    #[test]
    fn a_log_that_takes_no_line_is_noticed() {
        for format in [LineFormat::Text, LineFormat::Json] {
            let recorder = LogRecorder::new(format, Arc::new(Fixed), |line: &[u8]| {
                std::fs::OpenOptions::new().write(true).open("/dev/full")?.write_all(line)
            });
            let NotRecorded(cause) = recorder.record(&record()).unwrap_err();
            assert!(cause.contains("No space left on device"), "{cause}");
        }
    }
}
