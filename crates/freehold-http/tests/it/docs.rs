//! The page to read and try the API on.

use crate::service::Service;

#[tokio::test]
async fn the_root_leads_to_the_page() {
    let service = Service::start().await;
    let answer = service.nobody().get("/").await;
    assert_eq!((answer.status.as_u16(), answer.header("location")), (307, Some("/docs")));
}

#[tokio::test]
async fn the_page_has_its_title_and_takes_nothing_from_elsewhere() {
    let service = Service::start().await;
    let page = service.nobody().get("/docs").await;
    assert_eq!(page.status, 200);
    assert!(page.text.contains("<title>Logistics &lt;test&gt;</title>"), "{}", page.text);
    assert!(!page.text.contains("//"), "an address of another service: {}", page.text);
    let policy = page.header("content-security-policy").unwrap();
    assert!(policy.contains("default-src 'none'; script-src 'self';"), "{policy}");
    assert!(policy.contains("connect-src 'self'") && policy.contains("frame-ancestors 'none'"), "{policy}");
}

#[tokio::test]
async fn everything_that_the_page_names_is_there() {
    let service = Service::start().await;
    let page = service.nobody().get("/docs").await.text;
    let named = page.split(['"']).filter(|part| part.starts_with('/') && part.len() > 1);
    let named: Vec<&str> = named.collect();
    assert!(named.len() >= 6, "{named:?}");
    for path in named {
        let answer = service.nobody().get(path).await;
        assert_eq!(answer.status, 200, "{path}");
        assert!(!answer.text.is_empty(), "{path}");
    }
}

#[tokio::test]
async fn the_library_comes_packed_for_those_who_take_it_so_and_plain_for_others() {
    let service = Service::start().await;
    let path = "/docs/rapidoc-9.3.8.js";
    let plain = service.nobody().get(path).await;
    assert_eq!(plain.header("content-encoding"), None);
    assert!(plain.text.contains("rapi-doc"));
    let packed = service.nobody().get_with(path, "accept-encoding", "br;q=1.0, gzip;q=0.8").await;
    assert_eq!(packed.header("content-encoding"), Some("gzip"));
    assert!(packed.text.len() < plain.text.len() / 2);
    assert_eq!(packed.header("vary"), Some("accept-encoding"));
}
