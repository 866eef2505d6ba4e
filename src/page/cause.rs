//! What a cause means.

use super::explanation::{PAGE, define};
use crate::{
    cause::{Actor, Area, Cause, Row},
    report::Sheet,
    text,
};

/// The page of a cause, 80 columns wide, with a line feed at the end.
#[must_use]
pub fn explain_cause(cause: Cause) -> String {
    let Row {
        about,
        acts,
        means,
        seen_as,
        what_to_do,
        source,
        ..
    } = cause.row();
    let mut sheet = Sheet::new(&PAGE);
    sheet.paragraph("", cause.code());
    sheet.blank();
    define(&mut sheet, "means", means);
    define(&mut sheet, "seen as", seen_as);
    define(&mut sheet, "about", about.words());
    define(&mut sheet, "who acts", &who_acts(acts));
    define(&mut sheet, "what to do", what_to_do);
    define(&mut sheet, "source", source);
    sheet.into_text()
}

/// `the owner of the host or the network team`.
fn who_acts(acts: &[Actor]) -> String {
    let actors: Vec<&str> = acts.iter().map(|actor| actor.words()).collect();
    match actors.as_slice() {
        [] => "nobody".to_owned(),
        actors => text::list(actors, "or"),
    }
}

/// Every cause with what it means, by area, 80 columns wide, with a line feed at the end.
#[must_use]
pub fn explain_list() -> String {
    let mut sheet = Sheet::new(&PAGE);
    for area in Area::ALL {
        sheet.heading(area.title());
        for cause in Cause::ALL.iter().filter(|cause| cause.area() == area) {
            sheet.paragraph(&format!("  {:<22}", cause.code()), cause.row().means);
        }
    }
    sheet.into_text()
}
