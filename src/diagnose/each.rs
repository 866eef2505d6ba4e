//! What one check comes to, by what its own probe saw.

mod address;
mod check;
mod connect;
mod http;
mod names;
mod pace;
mod pages;
mod port;
mod products;
mod proxy;
mod redirects;
mod reply;
mod responder;
mod sinkholes;
mod steadiness;
mod suspect;
mod sweep;
mod tls;

pub(super) use check::{finding, finding_of, judge};
pub(super) use proxy::places_with;
pub(super) use reply::{CLOCK_SKEW, clock_ahead};
