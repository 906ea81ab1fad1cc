//! Middleware of the user.

use std::sync::{Arc, Mutex};

use freehold::{
    app::{
        CommandRequest, CommandService, DispatchError, Next, QueryError, QueryRequest, QueryService, Receipt,
        Rows, from_fn,
    },
    memory::Memory,
};
use tower::{Layer, ServiceExt};

use crate::{
    bank::{ListBalances, open},
    service::{Service, clerk},
};

type Seen = Arc<Mutex<Vec<String>>>;

fn watch(seen: Seen, mark: &'static str) -> impl FnOnce(CommandService) -> CommandService + Send + 'static {
    let see = move |request: CommandRequest, next: Next<CommandRequest, Receipt, DispatchError>| {
        let seen = seen.clone();
        async move {
            seen.lock().unwrap().push(format!("{mark} {} {}", request.info.name, request.caller.actor));
            let result = next.oneshot(request).await;
            seen.lock().unwrap().push(format!("{mark} {}", result.is_ok()));
            result
        }
    };
    move |service| CommandService::new(from_fn(see).layer(service))
}

async fn refuse(
    request: CommandRequest,
    _: Next<CommandRequest, Receipt, DispatchError>,
) -> Result<Receipt, DispatchError> {
    Err(DispatchError::Fault(format!("{} is not for today", request.info.name)))
}

async fn refuse_query(_: QueryRequest, _: Next<QueryRequest, Rows, QueryError>) -> Result<Rows, QueryError> {
    Err(QueryError::Forbidden { query: "any", allowed: &[] })
}

#[tokio::test]
async fn middleware_sees_every_command_and_its_outcome_the_last_added_first() {
    let seen = Seen::default();
    let (inner, outer) = (watch(seen.clone(), "inner"), watch(seen.clone(), "outer"));
    let service =
        Service::start_over(Memory::new(), |builder| builder.command_layer(inner).command_layer(outer)).await;
    service.application.commands.create(clerk(), open("unwanted")).await.unwrap_err();
    let expected = ["outer OpenAccount carla", "inner OpenAccount carla", "inner false", "outer false"];
    assert_eq!(*seen.lock().unwrap(), expected);
}

#[tokio::test]
async fn middleware_can_refuse_a_command() {
    let layer = |service| CommandService::new(from_fn(refuse).layer(service));
    let service = Service::start_over(Memory::new(), |builder| builder.command_layer(layer)).await;
    let error = service.application.commands.create(clerk(), open("Anna")).await.unwrap_err();
    assert_eq!(error.to_string(), "a fault in the domain: OpenAccount is not for today");
    assert_eq!(service.events(), 0);
}

#[tokio::test]
async fn middleware_can_refuse_a_query() {
    let layer = |service| QueryService::new(from_fn(refuse_query).layer(service));
    let service = Service::start_over(Memory::new(), |builder| builder.query_layer(layer)).await;
    let error = service.application.queries.ask(clerk(), ListBalances::default()).await.unwrap_err();
    assert!(matches!(error, QueryError::Forbidden { query: "any", .. }));
}
