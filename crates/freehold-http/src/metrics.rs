//! Metrics in the text format of OpenMetrics, which Prometheus reads: how far views are behind the log.
//!
//! They are worked out when they are asked for, from the log and the database themselves, so that none can be a number that
//! somebody has forgotten to move.

use std::sync::atomic::AtomicU64;

use axum::{
    http::StatusCode,
    response::{IntoResponse, Response},
};
use freehold_app::{Application, Health, ProjectionHealth};
use prometheus_client::{
    encoding::{EncodeLabelSet, text::encode},
    metrics::{family::Family, gauge::Gauge},
    registry::Registry,
};

type Float = Gauge<f64, AtomicU64>;

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct View {
    view: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Partition {
    view: String,
    partition: u32,
    /// Empty, if nobody holds it.
    owner: String,
}

#[derive(Default)]
struct Views {
    position: Family<Partition, Gauge>,
    heartbeat: Family<Partition, Float>,
    parked: Family<Partition, Gauge>,
    behind: Family<View, Gauge>,
    seconds: Family<View, Float>,
    rate: Family<View, Gauge>,
    healthy: Family<View, Gauge>,
    paused: Family<View, Gauge>,
}

/// All that there is to measure.
pub(crate) async fn metrics(application: Application) -> Response {
    let Health { head, projections } = application.health().await;
    let mut registry = Registry::with_prefix("freehold");
    if let Ok(head) = head {
        let end = Gauge::<i64>::default();
        end.set(signed(head.0));
        registry.register("log_position", "The position of the last event in the log", end);
    }
    let views = Views::default();
    for projection in &projections {
        views.set(projection);
    }
    views.register(&mut registry);
    let mut text = String::new();
    match encode(&mut text, &registry) {
        Ok(()) => ([("content-type", "application/openmetrics-text; version=1.0.0; charset=utf-8")], text)
            .into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

impl Views {
    fn set(&self, ProjectionHealth { status, lag }: &ProjectionHealth) {
        let view = View { view: status.view.to_owned() };
        if let Some(lag) = lag {
            self.behind.get_or_create(&view).set(signed(lag.events));
            self.seconds.get_or_create(&view).set(lag.time.as_secs_f64());
        }
        self.rate.get_or_create(&view).set(signed(status.rate));
        self.healthy.get_or_create(&view).set(status.is_healthy().into());
        self.paused.get_or_create(&view).set(status.paused.into());
        for partition in &status.partitions {
            let owner = partition.owner.clone().unwrap_or_default();
            let which = Partition { view: status.view.to_owned(), partition: partition.number, owner };
            self.position.get_or_create(&which).set(signed(partition.position.0));
            self.heartbeat.get_or_create(&which).set(partition.heartbeat.as_secs_f64());
            self.parked.get_or_create(&which).set(signed(partition.parked));
        }
    }

    fn register(self, registry: &mut Registry) {
        let Self { position, heartbeat, parked, behind, seconds, rate, healthy, paused } = self;
        registry.register("view_position", "Up to where a partition of a view has taken events in", position);
        registry.register(
            "view_heartbeat_seconds",
            "How long ago the worker of a partition showed that it gets on",
            heartbeat,
        );
        registry.register(
            "view_rows_parked",
            "How many rows of a partition wait in the dead letters",
            parked,
        );
        registry.register("view_events_behind", "How many events of the log a view has not taken in", behind);
        registry.register(
            "view_seconds_behind",
            "How long ago the first event was recorded that a view has not taken in",
            seconds,
        );
        registry.register("view_events_per_second", "How many events a view takes in a second", rate);
        registry.register("view_healthy", "Whether a view gets on, or was told to rest", healthy);
        registry.register("view_paused", "Whether a view was told to rest", paused);
    }
}

fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
