//! The command as its user meets it: exit status, standard output, standard error.

mod help;
mod new;
mod operate;
mod refusals;
mod terminal;
