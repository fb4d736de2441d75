//! What clients, servers and apps promise, over every driver.

mod app;
mod bad_input;
mod calls;
mod checks;
mod messages;
mod shop;
mod support;
