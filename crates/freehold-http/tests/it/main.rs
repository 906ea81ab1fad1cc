//! HTTP from the outside: what a client sends and what it gets.

mod plans;
mod service;
mod shipping;

mod changes;
mod commands;
mod invalid;
mod queries;
mod repeats;

mod authentication;
mod development;

mod correlation;
mod limits;
mod logs;
mod outcomes;
mod problems;

mod admin;
mod docs;
mod health;
mod metrics;
mod openapi;

mod routes;
mod serving;
mod settings;
mod streams;
