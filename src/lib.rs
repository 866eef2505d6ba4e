//! portcheck tells, before an installation, whether the network lets the product work.
pub mod catalog;
pub mod diagnose;
pub mod engine;
pub mod net;
pub mod observation;
pub mod plan;
pub mod probe;
pub mod protocol;
pub mod report;
pub mod site;
pub mod text;
