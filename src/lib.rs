//! portcheck tells, before an installation, whether the network lets the product work, and if
//! not, why and who must change what.
//!
//! ```text
//! catalogs/*.yaml ─► Catalog ─┐
//! site file, flags ─► Site ───┼─► Plan ─► engine + Prober ─► observations ─► diagnose ─► findings ─► Report ─► table, json
//!                             │   pure        the network         data          pure       data       data
//! ```
//!
//! The modules stand in the order of their layers, lowest first; each uses only earlier ones.
//! `ARCHITECTURE.md` says why.

pub mod explain;
pub mod net;
pub mod text;

pub mod fact;

pub mod catalog;
pub mod cause;
pub mod machine;

pub mod site;
pub mod statement;

pub mod plan;

pub mod protocol;

pub mod observation;

pub mod engine;

pub mod diagnose;

pub mod probe;

pub mod report;

pub mod responder;

pub mod diff;
pub mod matrix;
pub mod mesh;
pub mod page;
pub mod request;

mod cli;

pub use cli::run;
