//! HTTP: the only crate of Freehold that knows it.
//!
//! A context declares its [`Routes`]; an [`Api`] puts them over an application and makes everything else of them:
//! authentication, problem details, entity tags, idempotency, the OpenAPI description and a page to try it on.

mod route;

mod api;
mod bind;
mod server;
mod settings;

pub mod authentication;
pub mod development;

mod admin;
mod correlation;
mod docs;
mod endpoint;
mod health;
mod html;
mod input;
mod layer;
mod metrics;
mod openapi;
mod problem;
mod router;

pub use admin::{OperatorRole, Operators};
pub use api::{Api, ApiInfo, Limits};
pub use authentication::Authentication;
pub use bind::{BindError, bind};
pub use route::{At, Mistake, RouteError, Routes, delete, get, patch, post, put};
pub use server::{ServeError, Server};
pub use settings::{
    AdminSettings, AdminSettingsError, AuthenticationSettings, Mode, Secret, Settings, SettingsError,
};
