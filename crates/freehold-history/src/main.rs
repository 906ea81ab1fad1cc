//! `freehold-history`: rounds of load and crashes, and the laws that hold over them.

use std::{path::PathBuf, time::Instant};

use anyhow::{Context, ensure};
use clap::{Parser, Subcommand, ValueEnum};
use freehold_history::{
    load::Dice,
    round::{self, Choices, Nodes, Place, Plan, Servers, Totals},
    steps::{self, Steps},
};
use freehold_testkit::{deaths::Step, faults::Seed};

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
        /// How many crashes there are at least, over all rounds; 20 unless said, and with a seed those of its round.
        #[arg(long)]
        crashes: Option<usize>,
        /// What the first round is drawn from, and through it all others; the variable FREEHOLD_SEED, or chance, unless
        /// said.
        #[arg(long)]
        seed: Option<u64>,
        /// Where the log is; drawn for each round unless said.
        #[arg(long)]
        place: Option<At>,
        /// How many nodes there are on PostgreSQL; one, three, or from one to five that join and
        /// leave (`1-5`), drawn for each round, unless said.
        #[arg(long)]
        nodes: Option<Nodes>,
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
    /// End a process at every step of a worker, of a rebuild and of handing over, each over a database of its own.
    Steps {
        /// Where the log is; in a file and then on a server unless said.
        #[arg(long)]
        place: Option<Lasting>,
        /// Only one step of each operation, drawn from this.
        #[arg(long)]
        seed: Option<u64>,
        /// How many at the same time.
        #[arg(long, default_value_t = 8)]
        at_once: usize,
        /// Where the data of a server goes.
        #[arg(long, default_value = "target")]
        folder: PathBuf,
    },
    /// Be the process that ends at a step.
    #[command(hide = true)]
    Mortal {
        #[arg(long)]
        step: usize,
        #[arg(long)]
        database: String,
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

/// Where a log outlives a process.
#[derive(Clone, Copy, ValueEnum)]
enum Lasting {
    Sqlite,
    Postgres,
}

impl From<Lasting> for Place {
    fn from(at: Lasting) -> Self {
        match at {
            Lasting::Sqlite => Self::Sqlite,
            Lasting::Postgres => Self::Postgres,
        }
    }
}

impl From<At> for Place {
    fn from(at: At) -> Self {
        match at {
            At::Memory => Self::Memory,
            At::Sqlite => Self::Sqlite,
            At::Postgres => Self::Postgres,
        }
    }
}

fn main() -> anyhow::Result<()> {
    match Arguments::parse().verb {
        Verb::Run { crashes, seed, place, nodes, load, no_flush, folder } => {
            let mut servers = Servers::below(&folder);
            if no_flush {
                servers = servers.without_flush();
            }
            let choices = Choices { place: place.map(Place::from), nodes, load, program: program()? };
            let crashes = crashes.unwrap_or(if seed.is_some() { 0 } else { 20 });
            run(crashes, seed.map_or_else(Seed::given_or_new, Seed), &choices, &mut servers)
        }
        Verb::Steps { place, seed, at_once, folder } => {
            let places = place.map_or(vec![Place::Sqlite, Place::Postgres], |place| vec![place.into()]);
            let steps = seed.map_or_else(Step::all, |seed| steps::drawn(Seed(seed)));
            go_through(&steps, &places, at_once, &mut Servers::below(&folder).without_flush())
        }
        Verb::Mortal { step, database } => steps::die(step, &database),
        Verb::Node { name, life, folder, seed, database } => {
            round::serve(name, life, &folder, Seed(seed), &database)
        }
    }
}

fn program() -> anyhow::Result<PathBuf> {
    std::env::current_exe().context("this program has a file")
}

fn go_through(steps: &[Step], places: &[Place], at_once: usize, servers: &mut Servers) -> anyhow::Result<()> {
    let mut faulty = 0;
    for place in places {
        let begun = Instant::now();
        let steps = Steps { place: *place, steps: steps.to_vec(), at_once, program: program()? };
        let outcomes = steps.run(servers, |outcome| println!("{outcome}"));
        let found = outcomes.iter().filter(|outcome| !outcome.faults.is_empty()).count();
        faulty += found;
        let took = begun.elapsed().as_secs_f64();
        println!("{} steps on {place}, {found} with faults\n{took:.0} s", outcomes.len());
    }
    ensure!(faulty == 0, "{faulty} steps are not in order");
    Ok(())
}

fn run(crashes: usize, seed: Seed, choices: &Choices, servers: &mut Servers) -> anyhow::Result<()> {
    let (mut dice, mut totals, begun) = (Dice::of(seed, "rounds"), Totals::default(), Instant::now());
    // The first round is that of the seed, so that one that failed is seen again alone.
    let mut plan = Plan::drawn(seed, choices);
    loop {
        println!("{plan}");
        let report = round::run(&plan, servers).with_context(|| again(&plan))?;
        println!("  {report}");
        totals.add(&plan, &report);
        if !report.violations.is_empty() {
            println!("  {}", again(&plan));
        }
        if totals.crashes() >= crashes {
            break;
        }
        plan = Plan::drawn(Seed(dice.next()), choices);
    }
    println!("{}", totals.told(begun.elapsed()));
    ensure!(totals.violated() == 0, "{} rounds violate the laws", totals.violated());
    Ok(())
}

/// How the round is seen again. What is drawn is the same then; who is faster is not.
fn again(plan: &Plan) -> String {
    format!("again: cargo xtask history --seed {} {}", plan.seed.0, plan.arguments())
}
