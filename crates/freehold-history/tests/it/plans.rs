//! A seed that was printed leads to the same round again.

use std::collections::BTreeSet;

use freehold_history::round::{Choices, Crash, Drawn, Nodes, Place, Plan};
use freehold_testkit::faults::Seed;

const SEEDS: std::ops::Range<u64> = 0..500;

fn free() -> Choices {
    Choices { place: None, nodes: None, load: 600, program: "freehold-history".into() }
}

fn plans() -> impl Iterator<Item = Plan> {
    SEEDS.map(|seed| Plan::drawn(Seed(seed), &free()))
}

#[test]
fn what_is_said_to_run_a_round_again_leads_to_its_plan_and_its_crashes() {
    for plan in plans() {
        let Plan { place, nodes, load, .. } = plan;
        assert_eq!(plan.arguments(), format!("--place {place} --nodes {nodes} --load {load}"));
        let said = Choices { place: Some(place), nodes: Some(nodes), load, ..free() };
        let again = Plan::drawn(plan.seed, &said);
        assert_eq!(again, plan);
        assert_eq!(Drawn::of(&again), Drawn::of(&plan));
    }
}

#[test]
fn a_round_has_as_many_crashes_as_its_plan_says() {
    for plan in plans() {
        assert_eq!(Drawn::of(&plan).len(), plan.crashes);
    }
}

#[test]
fn every_place_every_number_of_nodes_and_every_kind_of_crash_is_drawn() {
    let (mut places, mut kinds) = (Vec::new(), Vec::new());
    for plan in plans() {
        places.push((plan.place.to_string(), plan.nodes.to_string()));
        kinds.extend(Drawn::of(&plan).into_iter().map(|drawn| drawn.crash.kind()));
    }
    places.sort();
    places.dedup();
    kinds.sort_unstable();
    kinds.dedup();
    let expected =
        [("memory", "1"), ("postgres", "1"), ("postgres", "1-5"), ("postgres", "3"), ("sqlite", "1")];
    assert_eq!(places, expected.map(|(place, nodes)| (place.to_owned(), nodes.to_owned())));
    assert_eq!(kinds.len(), 10, "{kinds:?}");
}

#[test]
fn only_the_process_of_a_file_can_be_killed() {
    let on_file = plans().filter(|plan| plan.place == Place::Sqlite);
    let crashes: Vec<_> = on_file.flat_map(|plan| Drawn::of(&plan)).collect();
    assert!(crashes.len() > 100);
    assert!(crashes.iter().all(|drawn| drawn.crash == Crash::Node(0)));
}

#[test]
fn what_is_said_of_nodes_is_read_again() {
    for nodes in [Nodes::ONE, Nodes::always(3), Nodes::CHANGING] {
        assert_eq!(nodes.to_string().parse::<Nodes>().unwrap(), nodes);
    }
    for wrong in ["", "0", "5-1", "0-2", "1-", "x"] {
        assert!(wrong.parse::<Nodes>().is_err(), "{wrong}");
    }
}

/// Of some plan each number is reached, and never is there one too many or too few.
#[test]
fn nodes_join_and_leave_until_there_were_one_and_five() {
    let mut reached = BTreeSet::new();
    for plan in plans().filter(|plan| plan.nodes == Nodes::CHANGING) {
        let mut nodes = plan.first();
        reached.insert(nodes);
        for drawn in Drawn::of(&plan) {
            match drawn.crash {
                Crash::Join => nodes += 1,
                Crash::Leave(node) | Crash::Loss(node) => {
                    assert!(node < nodes);
                    nodes -= 1;
                }
                _ => {}
            }
            reached.insert(nodes);
        }
    }
    assert_eq!(reached, (1..=5).collect());
}
