//! Headers that every HTTP answer carries.

use http::{HeaderMap, HeaderValue, header};

/// The id of the request, and that nobody may keep the answer: it may be a plaintext.
pub(crate) fn insert(headers: &mut HeaderMap, content_type: &'static str, request_id: &str) {
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    headers.insert("x-amzn-requestid", HeaderValue::from_str(request_id).expect("a UUID is plain text"));
    let nobody_keeps_it = HeaderValue::from_static("no-cache, no-store, must-revalidate, private");
    headers.insert(header::CACHE_CONTROL, nobody_keeps_it);
}
