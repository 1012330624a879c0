//! Where log lines go: standard error, for people or for machines.

use crate::config::{Log, LogFormat};
use events::{LineFormat, LogRecorder};
use replica::Clock;
use std::io::{self, Write as _};
use std::sync::Arc;
use tracing_subscriber::EnvFilter;

/// Starts logging for the whole process. A second call changes nothing.
pub fn start(log: &Log) {
    let lines = tracing_subscriber::fmt().with_env_filter(EnvFilter::new(&log.filter));
    let lines = lines.with_writer(io::stderr).with_ansi(false);
    // The second start of a process, as tests do it, finds the first one's.
    let _ = match log.format {
        LogFormat::Text => lines.try_init(),
        LogFormat::Json => lines.json().flatten_event(true).try_init(),
    };
}

/// The audit trail, between the other lines and past every filter.
pub(crate) fn audit(log: &Log, clock: Arc<dyn Clock>) -> LogRecorder {
    let format = match log.format {
        LogFormat::Text => LineFormat::Text,
        LogFormat::Json => LineFormat::Json,
    };
    // Both write a line under one lock, so none stands in another.
    LogRecorder::new(format, clock, |line| io::stderr().lock().write_all(line))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SystemClock;
    use events::{Event, Record, Recorder as _, Stranger};
    use serde_json::Value;
    use std::sync::Mutex;

    fn record() -> Record {
        let stranger = Stranger {
            request_id: "r".to_owned(),
            received_at: SystemClock.now(),
            region: "us-east-1".parse().unwrap(),
            source_ip: "192.0.2.7".parse().unwrap(),
            user_agent: "says \"x\"".to_owned(),
            access_key_id: None,
        };
        let (parameters, response) = (Value::Null, Value::Null);
        let event =
            Event { service: "kms", operation: "Decrypt", parameters, response, resources: Vec::new(), error: None };
        Record::of_stranger(&stranger, event)
    }

    /// What `write` puts into a log, with its digits as 0: two lines are not written at one time.
    fn written(write: impl FnOnce(Arc<Mutex<Vec<u8>>>)) -> String {
        let log = Arc::new(Mutex::new(Vec::new()));
        write(log.clone());
        let bytes = log.lock().unwrap().clone();
        let text = String::from_utf8(bytes).unwrap();
        text.chars().map(|char| if char.is_ascii_digit() { '0' } else { char }).collect()
    }

    #[test]
    fn lines_of_the_audit_trail_look_as_every_other_line() {
        let record = record();
        let json = serde_json::to_string(&record).unwrap();
        for format in [LineFormat::Text, LineFormat::Json] {
            let ours = written(|log| {
                let recorder = LogRecorder::new(format, Arc::new(SystemClock), move |line: &[u8]| {
                    log.lock().unwrap().extend_from_slice(line);
                    Ok(())
                });
                recorder.record(&record).unwrap();
            });
            let others = written(|log| {
                let writer = move || Shared(log.clone());
                let lines = tracing_subscriber::fmt().with_writer(writer).with_ansi(false);
                let say = || tracing::info!(target: "audit", record = %json);
                match format {
                    LineFormat::Text => tracing::subscriber::with_default(lines.finish(), say),
                    LineFormat::Json => {
                        tracing::subscriber::with_default(lines.json().flatten_event(true).finish(), say);
                    }
                }
            });
            assert_eq!(ours, others);
        }
    }

    struct Shared(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Shared {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
}
