//! The pages that the types of problems lead to.

use serde_json::Value;

use crate::service::Service;

async fn catalogue(service: &Service) -> Vec<Value> {
    let answer = service.nobody().get_with("/problems", "accept", "application/json").await;
    answer.body.as_array().cloned().expect("a list")
}

#[tokio::test]
async fn every_problem_of_the_catalogue_has_a_page_and_says_what_to_do() {
    let service = Service::start().await;
    let problems = catalogue(&service).await;
    assert!(problems.len() > 20);
    for problem in problems {
        let path = problem["type"].as_str().unwrap();
        let page = service.nobody().get_with(path, "accept", "text/html,application/json;q=0.9").await;
        assert_eq!(page.status, 200, "{path}");
        assert_eq!(page.header("content-type"), Some("text/html; charset=utf-8"));
        assert!(page.header("content-security-policy").unwrap().starts_with("default-src 'none'"));
        assert!(page.text.contains(problem["title"].as_str().unwrap()), "{path}");
        assert!(problem["meaning"].as_str().is_some_and(|text| !text.is_empty()), "{path}");
        assert!(problem["remedy"].as_str().is_some_and(|text| !text.is_empty()), "{path}");
        let json = service.nobody().get_with(path, "accept", "application/json").await;
        assert_eq!(json.body, problem);
    }
}

#[tokio::test]
async fn the_rejections_of_every_command_are_in_the_catalogue() {
    let service = Service::start().await;
    let problems = catalogue(&service).await;
    let find = |path: &str| {
        problems.iter().find(|problem| problem["type"] == path).unwrap_or_else(|| panic!("{path}"))
    };
    let wrong = find("/problems/shipping/wrong-state");
    assert_eq!(wrong["title"], "Wrong state");
    assert_eq!(wrong["status"], 422);
    assert_eq!(wrong["commands"].as_array().unwrap().len(), 3);
    find("/problems/shipping/too-heavy");
    assert_eq!(find("/problems/plans/wrong-state")["commands"][0], "OfferPlan");
}

#[tokio::test]
async fn the_list_leads_to_every_page() {
    let service = Service::start().await;
    let list = service.nobody().get("/problems").await;
    for problem in catalogue(&service).await {
        let link = format!("href=\"{}\"", problem["type"].as_str().unwrap());
        assert!(list.text.contains(&link), "{link}");
    }
}

#[tokio::test]
async fn a_type_that_no_problem_has_is_an_unknown_path() {
    let service = Service::start().await;
    for path in ["/problems/nothing", "/problems/shipping/nothing", "/problems/nowhere/wrong-state"] {
        service.nobody().get(path).await.is_problem(404, "unknown-path");
    }
}
