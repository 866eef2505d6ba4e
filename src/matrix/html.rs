//! A matrix as one page that can be mailed, in the style of a report's page and without a script.

use std::io::{self, Write};

use askama::Template;

use super::Matrix;
use crate::report::html::{STYLE, STYLE_HASH};

/// Writes the page.
pub(super) fn write(matrix: &Matrix, out: &mut dyn Write) -> io::Result<()> {
    let page = Page {
        matrix,
        style: STYLE,
        style_hash: STYLE_HASH,
    };
    let page = page.render().map_err(io::Error::other)?;
    out.write_all(page.as_bytes())?;
    out.write_all(b"\n")
}

#[derive(Template)]
#[template(path = "matrix.html", config = "src/report/html/askama.toml")]
struct Page<'a> {
    matrix: &'a Matrix,
    style: &'static str,
    style_hash: &'static str,
}

/// What the template calls.
mod words {
    pub(super) use crate::report::html::words::mark;

    pub(super) use crate::matrix::on;
}
