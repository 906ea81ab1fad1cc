//! The id that ties a request to all that follows from it.

use freehold::{CorrelationId, prelude::*};

use crate::service::{Client, Service, Setup, booking};

const HEADER: &str = "x-correlation-id";

async fn echoed(client: &Client, sent: &str) -> String {
    client.get_with("/shipments", HEADER, sent).await.header(HEADER).unwrap().to_owned()
}

#[tokio::test]
async fn what_a_client_sends_comes_back_as_it_came() {
    let service = Service::start().await;
    let client = service.client();
    for sent in ["01890a5d-ac96-774b-bcce-b302099a8057", "01890A5D-AC96-774B-BCCE-B302099A8057", "order/4711"]
    {
        assert_eq!(echoed(&client, sent).await, sent);
    }
}

#[tokio::test]
async fn what_is_too_long_or_not_visible_gives_way_to_a_new_one() {
    let service = Service::start().await;
    let client = service.client();
    for sent in ["", "two words", &"x".repeat(129), "Grüße"] {
        let echoed = echoed(&client, sent).await;
        assert!(echoed.parse::<Uuid>().is_ok(), "{sent}: {echoed}");
    }
}

#[tokio::test]
async fn every_answer_has_one() {
    let service = Service::start().await;
    let nobody = service.nobody();
    for path in ["/shipments", "/nowhere", "/health/live", "/docs", "/problems", "/openapi.json"] {
        assert!(nobody.get(path).await.header(HEADER).is_some_and(|id| id.parse::<Uuid>().is_ok()), "{path}");
    }
    let answer = nobody.get_with("/shipments", HEADER, "order/4711").await;
    assert_eq!(answer.is_problem(401, "unauthenticated").body["correlation_id"], "order/4711");
}

#[tokio::test]
async fn the_command_carries_it_and_text_stands_for_a_uuid() {
    let expected = CorrelationId(Uuid::new_v5(&Uuid::NAMESPACE_OID, b"order/4711"));
    let check = Setup { host: |host| host.command_layer(seen), ..Setup::default() };
    let service = Service::with(check).await;
    let client = service.client();
    let answer = client.post_with("/shipments", booking("AB123456789"), &[(HEADER, "order/4711")]).await;
    assert_eq!(
        answer.body["detail"],
        format!("Version 0 was expected, and it is at version {}.", low(expected))
    );
}

fn low(correlation: CorrelationId) -> u64 {
    correlation.0.as_u64_pair().1
}

/// Answers with the correlation that the command carries, in the place of a version.
fn seen(_: freehold::app::CommandService) -> freehold::app::CommandService {
    let answer = |request: freehold::app::CommandRequest| async move {
        Err(freehold::app::DispatchError::VersionMismatch {
            expected: Version::NONE,
            actual: Version(low(request.caller.correlation)),
        })
    };
    tower::util::BoxCloneSyncService::new(tower::service_fn(answer))
}
