//! LessMQ.
