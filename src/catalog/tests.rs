use super::*;

#[test]
fn the_embedded_catalogs_have_no_mistake() {
    let catalogs = embedded::catalogs().unwrap_or_else(|mistakes| panic!("{mistakes}"));
    let names: Vec<&str> = catalogs.iter().map(|catalog| &*catalog.name).collect();
    assert_eq!(names, ["looker", "thoughtspot"]);
}
