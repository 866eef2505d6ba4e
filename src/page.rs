//! What is printed and is no report: plans, catalogs, what a rule is for and what a cause means.

mod catalog_json;
mod catalog_text;
mod cause;
mod explanation;
mod plan_json;
mod plan_text;
mod rule;

pub use catalog_json::export_json;
pub use catalog_text::{catalog_list, catalog_show_profile};
pub use cause::{explain_cause, explain_list};
pub use plan_json::plan_json;
pub use plan_text::plan_text;
pub use rule::explain_rule;
