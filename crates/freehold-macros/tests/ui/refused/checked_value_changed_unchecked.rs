use freehold::prelude::*;

#[derive(Clone, Debug, PartialEq, Validate)]
#[garde(allow_unvalidated)]
pub struct PeriodFields {
    pub from: i64,
    pub until: i64,
}

impl Rules for PeriodFields {}

fn main() {
    let mut period = Checked::new(PeriodFields { from: 1, until: 2 }).unwrap();
    period.until = 0;
}
