//! The catalogs that portcheck comes with.

use super::{Catalog, Catalogs, Mistakes};

/// Their files, by the names that the repository has for them.
pub const FILES: [(&str, &str); 2] = [
    (
        "catalogs/looker.yaml",
        include_str!("../../catalogs/looker.yaml"),
    ),
    (
        "catalogs/thoughtspot.yaml",
        include_str!("../../catalogs/thoughtspot.yaml"),
    ),
];

/// The embedded catalogs, in the order of [`FILES`].
///
/// # Errors
/// A mistake in one of them; a test holds them to have none.
pub fn catalogs() -> Result<Catalogs, Mistakes> {
    let mut catalogs = Catalogs::default();
    for (file, text) in FILES {
        catalogs.join(Catalog::parse(file, text)?)?;
    }
    Ok(catalogs)
}
