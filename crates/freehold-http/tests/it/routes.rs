//! Mistakes in declared routes are named, all at once, before anything listens.

use freehold::{
    app::Host,
    http::{Api, Authentication, RouteError},
    memory::Memory,
    prelude::*,
};

use crate::{
    plans::{OfferPlan, PlansNamed},
    service::{info, key},
    shipping::{BookShipment, DispatchShipment, GetShipment, HoldShipment, ListShipments, routes},
};

async fn build(routes: Routes) -> Result<(), RouteError> {
    let host = Host::builder(Memory::new()).start().await.expect("the service starts");
    Api::new(host.application(), info(), Authentication::development(&key()))
        .routes(routes)
        .build()
        .map(|_| ())
}

async fn mistakes(routes: Routes) -> Vec<String> {
    build(routes).await.unwrap_err().mistakes.iter().map(ToString::to_string).collect()
}

#[tokio::test]
async fn every_mistake_is_named() {
    let wrong = Routes::at("/things")
        .command::<BookShipment>(post("/{id}"))
        .command::<DispatchShipment>(post("/dispatch"))
        .command::<HoldShipment>(put("/{id}/holds/{hold}"))
        .query::<GetShipment>(get("/{number}"));
    assert_eq!(
        mistakes(wrong).await,
        [
            "BookShipment at `/things/{id}`: it creates, and the id of what it creates is not the client's to choose",
            "DispatchShipment at `/things/dispatch`: it changes an aggregate that exists, so its path must have `{id}`",
            "HoldShipment at `/things/{id}/holds/{hold}`: nothing takes the parameter `{hold}`; known are: id",
            "GetShipment at `/things/{number}`: nothing takes the parameter `{number}`; known are: id",
        ]
    );
}

#[tokio::test]
async fn two_routes_that_answer_the_same_requests_clash() {
    let wrong = Routes::new()
        .merge(Routes::at("/things").query::<GetShipment>(get("/{id}")))
        .merge(Routes::at("").query::<PlansNamed>(get("/things/{name}")));
    assert_eq!(mistakes(wrong).await, ["GetShipment and PlansNamed both answer GET `/things/{name}`"]);
}

#[tokio::test]
async fn an_operation_has_one_place() {
    let wrong = Routes::at("/things").query::<ListShipments>(get("/")).query::<ListShipments>(get("/all"));
    let expected = "ListShipments has two routes, `/things` and `/things/all`; an operation has one place and a name of its own";
    assert_eq!(mistakes(wrong).await, [expected]);
}

#[tokio::test]
async fn the_paths_of_the_service_itself_are_its_own() {
    for prefix in ["", "/docs", "/health", "/problems/mine", "/openapi.json"] {
        let wrong = mistakes(Routes::at(prefix).command::<OfferPlan>(post("/"))).await;
        assert!(wrong[0].ends_with("this path is the service's own"), "{prefix}: {wrong:?}");
    }
}

#[tokio::test]
async fn a_path_must_be_one() {
    let wrong = [
        ("things", "/"),
        ("/things/", "/"),
        ("/things", "all"),
        ("/things", "//"),
        ("/things", "/all/"),
        ("/things", "/{id"),
        ("/things", "/{*rest}"),
        ("/things", "/x{id}"),
        ("/things", "/{}"),
        ("/things", "/a b"),
        ("/things", "/{id}/{id}"),
    ];
    for (prefix, path) in wrong {
        let mistakes = mistakes(Routes::at(prefix).query::<GetShipment>(get(path))).await;
        assert!(mistakes[0].starts_with(&format!("GetShipment at `{prefix}{path}`: ")), "{mistakes:?}");
    }
}

#[tokio::test]
async fn methods_must_fit() {
    let wrong = Routes::at("/things").command::<BookShipment>(get("/")).query::<ListShipments>(post("/"));
    let mistakes = mistakes(wrong).await;
    assert!(mistakes[0].ends_with("a command changes something, which GET may not"), "{mistakes:?}");
    assert!(mistakes[1].ends_with("a query is asked with GET"), "{mistakes:?}");
}

#[tokio::test]
async fn one_path_may_have_several_methods_and_names_for_its_parameter() {
    let right = Routes::new()
        .merge(
            Routes::at("/things")
                .command::<HoldShipment>(put("/{id}"))
                .command::<DispatchShipment>(patch("/{id}")),
        )
        .merge(Routes::at("/things").query::<PlansNamed>(get("/{name}")).command::<BookShipment>(post("/")));
    build(right).await.unwrap();
}

#[tokio::test]
async fn routes_of_many_contexts_merge() {
    let all: Routes = [routes(), crate::plans::routes()].into_iter().collect();
    build(Routes::new().merge(all)).await.unwrap();
    build(Routes::new().merge(vec![routes(), crate::plans::routes()])).await.unwrap();
}

#[test]
fn an_error_is_a_list_to_read() {
    let error = RouteError { mistakes: Vec::new() };
    assert_eq!(error.to_string(), "the routes cannot be built:");
}
