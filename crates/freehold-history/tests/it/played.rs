//! A load over a database in this process, and what it leaves.

use std::sync::Arc;

use freehold::ports::Database;
use freehold_history::{
    Evidence, inspect,
    load::{self, Phase, Said, Settings},
};
use freehold_testkit::faults::Seed;
use tokio::sync::{mpsc, watch};

/// Lets one node load a database until so many requests were carried out, and looks at what is there.
pub(crate) async fn played<D: Database + Clone>(database: D, requests: u64) -> anyhow::Result<Evidence> {
    let folder = tempfile::tempdir()?;
    let seed = Seed::given_or_new();
    println!("{seed}");
    let (orders, phase) = watch::channel(Phase::Load);
    let (says, mut said) = mpsc::unbounded_channel();
    let settings = Settings {
        name: "n0".to_owned(),
        life: 0,
        folder: folder.path().to_owned(),
        seed,
        writers: 8,
        senders: 6,
        hot: 10_000,
    };
    let says = Arc::new(says);
    let mut node =
        tokio::spawn(load::run(database.clone(), settings, phase, move |told| _ = says.send(told)));
    loop {
        let told = tokio::select! {
            ended = &mut node => {
                ended??;
                break;
            }
            told = said.recv() => told,
        };
        match told {
            Some(Said::Done(done)) if done >= requests => {
                orders.send_if_modified(|phase| {
                    let is_loaded = *phase == Phase::Load;
                    *phase = if is_loaded { Phase::Quiet } else { *phase };
                    is_loaded
                });
            }
            Some(Said::Quiet(head)) => _ = orders.send_replace(Phase::ReadTo(head)),
            Some(Said::Read) => _ = orders.send_replace(Phase::End),
            _ => {}
        }
    }
    inspect(&database, folder.path()).await
}
