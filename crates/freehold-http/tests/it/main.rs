//! HTTP from the outside: what a client sends and what it gets.
#![expect(missing_docs, reason = "the sample context shows what users write")]

mod plans;
mod service;
mod shipping;

mod commands;
mod openapi;
mod invalid;
mod queries;
mod repeats;
