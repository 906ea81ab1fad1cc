//! What the derives accept, and what they say about what they refuse.

#[test]
fn what_a_context_writes_compiles_and_each_mistake_is_told_with_its_remedy() {
    let cases = trybuild::TestCases::new();
    cases.pass("tests/ui/accepted/*.rs");
    cases.compile_fail("tests/ui/refused/*.rs");
}
