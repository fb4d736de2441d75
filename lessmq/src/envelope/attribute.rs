//! The names of attributes on the wire, for [`Envelope`](super::Envelope) and [`Frame`](super::Frame).

/// The version of CloudEvents; always [`SPEC_VERSION_VALUE`].
pub(crate) const SPEC_VERSION: &str = "specversion";
pub(crate) const SPEC_VERSION_VALUE: &str = "1.0";
pub(crate) const ID: &str = "id";
pub(crate) const SOURCE: &str = "source";
pub(crate) const TYPE: &str = "type";
pub(crate) const DATA_CONTENT_TYPE: &str = "datacontenttype";
pub(crate) const DATA_SCHEMA: &str = "dataschema";
pub(crate) const TIME: &str = "time";
pub(crate) const TRACE_PARENT: &str = "traceparent";
pub(crate) const TRACE_STATE: &str = "tracestate";
pub(crate) const PARTITION_KEY: &str = "partitionkey";
/// How long the caller waits, in milliseconds, as a decimal number.
pub(crate) const EXPIRES_IN: &str = "lessmqexpiresin";
/// How many frames of the reply the caller accepts, as a decimal number.
pub(crate) const CREDIT: &str = "lessmqcredit";
/// `true` on calls that may be handled twice.
pub(crate) const IDEMPOTENT: &str = "lessmqidempotent";
/// The outcome of a frame. Absent if it is `ok`.
pub(crate) const OUTCOME: &str = "lessmqoutcome";
/// The position of a frame in its reply, as a decimal number. Absent if it is 0.
pub(crate) const SEQUENCE: &str = "lessmqsequence";
/// `true` on all frames except the last one.
pub(crate) const MORE: &str = "lessmqmore";
/// All attributes that LessMQ reads and writes.
pub(crate) const ALL: [&str; 16] = [
    SPEC_VERSION,
    ID,
    SOURCE,
    TYPE,
    DATA_CONTENT_TYPE,
    DATA_SCHEMA,
    TIME,
    TRACE_PARENT,
    TRACE_STATE,
    PARTITION_KEY,
    EXPIRES_IN,
    CREDIT,
    IDEMPOTENT,
    OUTCOME,
    SEQUENCE,
    MORE,
];
