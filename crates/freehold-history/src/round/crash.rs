//! Crashes: what is killed or stopped, and how everything goes on.

use std::{
    fmt,
    time::{Duration, Instant},
};

use anyhow::{Context, ensure};
use rustix::process::{Pid, Signal, kill_process};

use super::{
    Nodes, Place, Plan, Round,
    member::{Member, patiently},
};
use crate::load::{Dice, Phase};

/// What happens to a round, and when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Drawn {
    /// What.
    pub crash: Crash,
    /// How many requests are carried out before, beside those of the plan.
    pub behind: u64,
}

/// What happened to a round.
#[derive(Clone, Debug)]
pub struct Happened {
    /// What.
    pub crash: Crash,
    /// Since the round began.
    pub at: Duration,
    /// How it went.
    pub told: Told,
}

/// How a crash went.
#[derive(Clone, Debug)]
pub enum Told {
    /// As it was meant.
    Happened(String),
    /// Not at all, since there never was what it needs.
    Missed(String),
}

/// What can happen to a round.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Crash {
    /// A node is killed, and started again.
    Node(usize),
    /// A node comes that was never there.
    Join,
    /// A node stops, and does not come back.
    Leave(usize),
    /// A node is killed, and does not come back.
    Loss(usize),
    /// A node is stopped for a while.
    Pause(usize),
    /// A node is stopped for a while in the midst of a transaction that holds the lock of the log.
    Holder(usize),
    /// The process of the server that a node appends through is killed; the server then ends all others as well.
    Backend(usize),
    /// The server ends the connection that a node appends through.
    Terminate(usize),
    /// The server is killed, and started again.
    Server,
    /// The server is stopped, and started again.
    Restart,
}

impl Drawn {
    /// Those of a plan, in order. They follow from it alone.
    pub fn of(plan: &Plan) -> Vec<Self> {
        let mut dice = Dice::of(plan.seed, "round");
        let mut nodes = plan.first();
        let one = |_| {
            let crash = Crash::drawn(&mut dice, plan, nodes);
            nodes = crash.left_of(nodes);
            Self { crash, behind: dice.below(plan.load.max(1)) }
        };
        (0..plan.crashes).map(one).collect()
    }
}

impl Crash {
    /// Its kind, for people.
    pub fn kind(self) -> &'static str {
        match self {
            Self::Node(_) => "kill -9 of a node",
            Self::Join => "a node joined",
            Self::Leave(_) => "a node left",
            Self::Loss(_) => "kill -9 of a node for good",
            Self::Pause(_) => "a node stopped for a while",
            Self::Holder(_) => "the holder of the lock stopped",
            Self::Backend(_) => "kill -9 of a backend",
            Self::Terminate(_) => "a connection ended by the server",
            Self::Server => "kill -9 of the server",
            Self::Restart => "the server restarted",
        }
    }

    /// How many nodes there are after it, of so many.
    fn left_of(self, nodes: usize) -> usize {
        match self {
            Self::Join => nodes + 1,
            Self::Leave(_) | Self::Loss(_) => nodes - 1,
            _ => nodes,
        }
    }

    /// One that can happen to so many nodes.
    fn drawn(dice: &mut Dice, plan: &Plan, nodes: usize) -> Self {
        let node = usize::try_from(dice.below(nodes as u64)).unwrap_or_default();
        if plan.place == Place::Sqlite {
            return Self::Node(node);
        }
        // Where nodes join and leave, that is what happens most.
        if plan.nodes.is_changing() && dice.percent(70) {
            return Self::change(dice, plan.nodes, (node, nodes));
        }
        let all = [
            Self::Node(node),
            Self::Node(node),
            Self::Backend(node),
            Self::Terminate(node),
            Self::Server,
            Self::Server,
            Self::Restart,
            Self::Pause(node),
            Self::Holder(node),
        ];
        dice.one_of(&all)
    }

    /// One joins, or the node of this number goes, of so many.
    fn change(dice: &mut Dice, nodes: Nodes, (node, of): (usize, usize)) -> Self {
        let mut all = Vec::new();
        if nodes.has_room(of) {
            all.extend([Self::Join, Self::Join]);
        }
        if nodes.can_spare(of) {
            all.extend([Self::Leave(node), Self::Loss(node)]);
        }
        dice.one_of(&all)
    }
}

impl fmt::Display for Happened {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (Told::Happened(told) | Told::Missed(told)) = &self.told;
        write!(f, "after {:.3} s: {told}", self.at.as_secs_f64())
    }
}

/// Lets it happen.
pub(super) fn happen(round: &mut Round<'_>, crash: Crash) -> anyhow::Result<Told> {
    let told = match crash {
        Crash::Node(node) => kill_node(round, node),
        Crash::Join => join(round),
        Crash::Leave(node) => leave(round, node),
        Crash::Loss(node) => lose(round, node),
        Crash::Pause(node) => pause(round, node),
        Crash::Holder(node) => return pause_holder(round, node),
        Crash::Backend(node) => kill_backend(round, node),
        Crash::Terminate(node) => terminate(round, node),
        Crash::Server => kill_server(round),
        Crash::Restart => restart(round),
    };
    Ok(Told::Happened(told?))
}

fn kill_server(round: &mut Round<'_>) -> anyhow::Result<String> {
    let server = round.servers.server()?;
    let pid = server.pid().context("the server runs")?;
    server.kill()?;
    server.start()?;
    Ok(format!("kill -9 of the server ({pid})"))
}

fn restart(round: &mut Round<'_>) -> anyhow::Result<String> {
    let server = round.servers.server()?;
    server.stop()?;
    server.start()?;
    Ok("the server stopped and started".to_owned())
}

fn kill_node(round: &mut Round<'_>, node: usize) -> anyhow::Result<String> {
    let pid = round.members[node].kill()?;
    let Member { name, life, .. } = &round.members[node];
    let (again, life, name) = (name.clone(), life + 1, round.members[node].full_name());
    // The others go on meanwhile.
    let mut member = round.start(again, life)?;
    member.await_ready()?;
    round.members[node] = member;
    Ok(format!("kill -9 of {name} ({pid})"))
}

fn join(round: &mut Round<'_>) -> anyhow::Result<String> {
    let member = round.join()?;
    member.await_ready()?;
    let name = member.full_name();
    Ok(format!("{name} has joined, of {} now", round.members.len()))
}

/// It finishes what it was asked for, while the others go on.
fn leave(round: &mut Round<'_>, node: usize) -> anyhow::Result<String> {
    let mut member = round.members.remove(node);
    member.order(Phase::Quiet)?;
    member.await_quiet()?;
    member.order(Phase::End)?;
    member.await_end()?;
    Ok(format!("{} has left, of {} now", member.full_name(), round.members.len()))
}

fn lose(round: &mut Round<'_>, node: usize) -> anyhow::Result<String> {
    let mut member = round.members.remove(node);
    let pid = member.kill()?;
    Ok(format!("kill -9 of {} ({pid}) for good, of {} now", member.full_name(), round.members.len()))
}

fn pause(round: &mut Round<'_>, node: usize) -> anyhow::Result<String> {
    let pid = round.members[node].signal(Signal::STOP)?;
    let took = others_go_on(round, node);
    round.members[node].signal(Signal::CONT)?;
    let name = round.members[node].full_name();
    Ok(format!("{name} ({pid}) stopped; the others went on after {:.3} s", took?.as_secs_f64()))
}

/// Stops the node again and again until it is found with the lock.
fn pause_holder(round: &mut Round<'_>, node: usize) -> anyhow::Result<Told> {
    let name = round.members[node].full_name();
    let holds = format!(
        "SELECT count(*) FROM pg_locks JOIN pg_stat_activity USING (pid) WHERE locktype = 'advisory' AND granted \
         AND application_name = '{name}/append' AND state LIKE 'idle in transaction%'"
    );
    for _ in 0..50 {
        let pid = round.members[node].signal(Signal::STOP)?;
        if round.servers.server()?.sql("postgres", &holds)? != "0" {
            let took = others_go_on(round, node);
            round.members[node].signal(Signal::CONT)?;
            let took = took?.as_secs_f64();
            let told = format!("{name} ({pid}) stopped with the lock; the others went on after {took:.3} s");
            return Ok(Told::Happened(told));
        }
        round.members[node].signal(Signal::CONT)?;
        round.await_load(1)?;
    }
    Ok(Told::Missed(format!("{name} was never found with the lock")))
}

/// How long it takes until every other node has carried out something. Alone, a moment.
fn others_go_on(round: &mut Round<'_>, node: usize) -> anyhow::Result<Duration> {
    let begun = Instant::now();
    let others = |round: &Round<'_>| -> Vec<u64> {
        let others = round.members.iter().enumerate().filter(|(number, _)| *number != node);
        others.map(|(_, member)| member.done()).collect()
    };
    let before = others(round);
    let least = Duration::from_millis(50);
    patiently("the others go on", || {
        let now = others(round);
        Ok(begun.elapsed() > least && now.iter().zip(&before).all(|(now, before)| *now > before + 3))
    })?;
    Ok(begun.elapsed())
}

fn kill_backend(round: &mut Round<'_>, node: usize) -> anyhow::Result<String> {
    let (name, pid) = backend(round, node)?;
    let raw = Pid::from_raw(pid).context("the id of a process")?;
    kill_process(raw, Signal::KILL)?;
    Ok(format!("kill -9 of the process of the server that {name} appends through ({pid})"))
}

fn terminate(round: &mut Round<'_>, node: usize) -> anyhow::Result<String> {
    let (name, pid) = backend(round, node)?;
    round.servers.server()?.sql("postgres", &format!("SELECT pg_terminate_backend({pid})"))?;
    Ok(format!("the server ended the connection that {name} appends through ({pid})"))
}

/// The process of the server that a node appends through.
fn backend(round: &mut Round<'_>, node: usize) -> anyhow::Result<(String, i32)> {
    let name = round.members[node].full_name();
    let find = format!("SELECT pid FROM pg_stat_activity WHERE application_name = '{name}/append'");
    let server = round.servers.server()?;
    let mut found = String::new();
    patiently("a node appends", || {
        found = server.sql("postgres", &find)?;
        Ok(!found.is_empty())
    })?;
    let pid = found.lines().next().unwrap_or_default().parse()?;
    ensure!(pid > 1, "no process of a server");
    Ok((name, pid))
}
