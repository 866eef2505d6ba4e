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

/// Whether a catalog of that name came with portcheck, so that its file is on no machine of a user.
#[must_use]
pub fn is_built_in(file: &str) -> bool {
    FILES.iter().any(|(name, _)| *name == file)
}
