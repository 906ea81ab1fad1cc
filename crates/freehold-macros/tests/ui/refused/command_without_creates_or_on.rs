use freehold::prelude::*;

#[derive(Clone, Serialize, Validate, Command)]
#[command(roles("clerk"))]
pub struct PackParcel {}

fn main() {}
