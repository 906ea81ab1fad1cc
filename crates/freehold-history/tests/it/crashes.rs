//! Every law after crashes, at moments that a seed draws. `cargo xtask history` does this hundreds of times.

use freehold_history::round::{Nodes, Place};

use crate::stores::{has_server, holds};

#[test]
fn the_laws_hold_when_the_process_of_a_file_is_killed() {
    holds(Place::Sqlite, Nodes::ONE, 3);
}

#[test]
fn the_laws_hold_when_a_node_or_its_server_is_killed() {
    if has_server() {
        holds(Place::Postgres, Nodes::ONE, 2);
    }
}

#[test]
fn the_laws_hold_when_one_of_three_nodes_or_their_server_is_killed() {
    if has_server() {
        holds(Place::Postgres, Nodes::always(3), 3);
    }
}

#[test]
fn the_laws_hold_while_nodes_join_and_leave_and_are_killed() {
    if has_server() {
        holds(Place::Postgres, Nodes::CHANGING, 6);
    }
}
