//! Metrics: what Prometheus reads.

use crate::service::Service;

#[tokio::test]
async fn how_far_views_are_behind_is_measured_at_the_log() {
    let service = Service::start().await;
    service.client().book("AB123456789").await;
    service.application.caught_up().await.unwrap();
    let answer = service.nobody().get("/metrics").await;
    assert_eq!(answer.status, 200);
    assert!(answer.header("content-type").unwrap().starts_with("application/openmetrics-text"));
    for line in [
        "freehold_log_position 1",
        "freehold_view_events_behind{view=\"shipping.CarrierLoad\"} 0",
        "freehold_view_healthy{view=\"shipping.CarrierLoad\"} 1",
        "freehold_view_position{view=\"shipping.CarrierLoad\",partition=\"3\",owner=\"node\"} 1",
        "freehold_view_rows_parked{view=\"shipping.CarrierLoad\",partition=\"0\",owner=\"node\"} 0",
        "# EOF",
    ] {
        assert!(answer.text.lines().any(|told| told == line), "{line} is missing in {}", answer.text);
    }
}
