//! What the reader of models promises, subject by subject.

mod support;

mod samples;

mod syntax;

mod keys;

mod names;

mod fields;

mod defaults;

mod values;

mod expressions;

mod lifecycle;

mod state;

mod sources;

mod sensitive;

mod views;

mod rows;

mod queries;

mod routes;

mod facts;

mod robust;
