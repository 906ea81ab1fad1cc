//! `freehold-history`: rounds of load and crashes, and the laws that hold over them.

use std::path::PathBuf;

use anyhow::{Context, ensure};
use clap::{Parser, Subcommand, ValueEnum};
use freehold_history::{
    load::Dice,
    round::{self, Place, Plan, Servers},
};
use freehold_testkit::faults::Seed;

/// The proof of the log.
#[derive(Parser)]
struct Arguments {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// Run rounds, each with nodes and crashes of its own, until there were so many crashes.
    Run {
        /// How many crashes there are at least, over all rounds.
        #[arg(long, default_value_t = 20)]
        crashes: usize,
        /// Where the log is; all places by turns unless said.
        #[arg(long)]
        place: Option<At>,
        /// How many nodes there are on PostgreSQL; one and three by turns unless said.
        #[arg(long)]
        nodes: Option<usize>,
        /// How many requests are carried out before the first crash of a round, and behind each.
        #[arg(long, default_value_t = 600)]
        load: u64,
        /// Have the server not flush its commits, which costs no proof as long as the machine lives.
        #[arg(long)]
        no_flush: bool,
        /// Where the data of a server goes.
        #[arg(long, default_value = "target")]
        folder: PathBuf,
    },
    /// Be a node. Told by lines of the input.
    #[command(hide = true)]
    Node {
        #[arg(long)]
        name: String,
        #[arg(long)]
        life: usize,
        #[arg(long)]
        folder: PathBuf,
        #[arg(long)]
        seed: u64,
        #[arg(long)]
        database: String,
    },
}

#[derive(Clone, Copy, ValueEnum)]
enum At {
    Memory,
    Sqlite,
    Postgres,
}

fn main() -> anyhow::Result<()> {
    match Arguments::parse().verb {
        Verb::Run { crashes, place, nodes, load, no_flush, folder } => {
            let mut servers = Servers::below(&folder);
            if no_flush {
                servers = servers.without_flush();
            }
            run(crashes, place, nodes, load, servers)
        }
        Verb::Node { name, life, folder, seed, database } => {
            round::serve(name, life, &folder, Seed(seed), &database)
        }
    }
}

fn run(
    crashes: usize,
    place: Option<At>,
    nodes: Option<usize>,
    load: u64,
    mut servers: Servers,
) -> anyhow::Result<()> {
    let seed = Seed::given_or_new();
    let program = std::env::current_exe().context("this program has a file")?;
    let mut dice = Dice::of(seed, "rounds");
    let (mut happened, mut violated, mut number) = (0, 0, 0);
    while happened < crashes || number == 0 {
        // The first round is that of the seed, so that one that failed is seen again alone.
        let seed = if number == 0 { seed } else { Seed(dice.next()) };
        let plan = plan(seed, place, nodes, load, program.clone(), number);
        println!("{} on {} {}", plan.seed, plan.place, shown(&plan));
        let report = round::run(&plan, &mut servers)?;
        println!("  {report}");
        happened += report.crashes.len();
        violated += usize::from(!report.violations.is_empty());
        number += 1;
    }
    println!("{number} rounds, {happened} crashes");
    ensure!(violated == 0, "{violated} rounds violate the laws");
    Ok(())
}

fn shown(plan: &Plan) -> String {
    let nodes = if plan.nodes == 1 { "one node".to_owned() } else { format!("{} nodes", plan.nodes) };
    format!("with {nodes} and {} crashes", plan.crashes)
}

/// A round as its seed and its number have it.
fn plan(
    seed: Seed,
    place: Option<At>,
    nodes: Option<usize>,
    load: u64,
    program: PathBuf,
    number: usize,
) -> Plan {
    let mut dice = Dice::of(seed, "plan");
    let place = match place {
        Some(At::Memory) => Place::Memory,
        Some(At::Sqlite) => Place::Sqlite,
        Some(At::Postgres) => Place::Postgres,
        None => [Place::Memory, Place::Postgres, Place::Sqlite, Place::Postgres, Place::Postgres][number % 5],
    };
    let nodes = match place {
        Place::Postgres => nodes.unwrap_or_else(|| dice.one_of(&[1, 3, 3])),
        _ => 1,
    };
    let crashes = if place == Place::Memory { 0 } else { dice.one_of(&[1, 2, 3, 4]) };
    Plan { place, nodes, crashes, load, seed, program }
}
