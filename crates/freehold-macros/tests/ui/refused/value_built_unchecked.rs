mod values {
    use freehold::prelude::*;

    #[derive(Clone, Debug, PartialEq, Validate, Value)]
    #[garde(transparent)]
    pub struct TrackingNumber(#[garde(length(min = 8))] String);
}

fn main() {
    let _ = values::TrackingNumber("x".into());
}
