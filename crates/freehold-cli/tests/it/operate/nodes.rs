//! `freehold nodes`

use insta::assert_snapshot;

use super::service::Service;

const NODES: &str = r#"{"nodes":[
{"id":"0198-a","name":"node-a","roles":["server","worker"],"seen_seconds_ago":0.3,"partitions":4,"views":["shipping.X","shipping.Y"]},
{"id":"0198-b","name":"node-b","roles":["server"],"seen_seconds_ago":12,"partitions":0,"views":[]}]}"#;

#[test]
fn a_list_has_a_line_for_each_node() {
    assert_snapshot!(Service::answering(&[(200, NODES)]).run(&["nodes", "list"]), @r#"
    exit 0
    --- stdout
    NAME    ID      ROLES           SEEN        PARTITIONS  VIEWS
    node-a  0198-a  server, worker  0.3 s ago   4           shipping.X, shipping.Y
    node-b  0198-b  server          12.0 s ago  0
    --- stderr

    --- asked
    GET /admin/nodes
      Bearer open-sesame-7
    "#);
}

#[test]
fn programs_get_the_answer_as_it_is() {
    let said = Service::answering(&[(200, NODES)]).run(&["nodes", "list", "--json"]);
    assert!(said.starts_with(&format!("exit 0\n--- stdout\n{NODES}\n--- stderr\n")), "{said}");
}
