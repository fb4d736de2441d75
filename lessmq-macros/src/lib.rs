//! The procedural macros of LessMQ.
