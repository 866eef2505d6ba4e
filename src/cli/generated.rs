//! The manual page, made from the same definition as `--help`.

use std::io::{self, Write as _};

use clap::{Command, CommandFactory as _};
use clap_mangen::Man;

use super::arguments::Arguments;

/// The manual page: one for all commands, each with its options.
///
/// # Errors
/// None in practice: it is written to memory.
pub(crate) fn manual() -> io::Result<Vec<u8>> {
    let mut definition = Arguments::command();
    definition.build();
    let mut page = Vec::new();
    let man = Man::new(definition.clone());
    man.render_title(&mut page)?;
    man.render_name_section(&mut page)?;
    man.render_synopsis_section(&mut page)?;
    man.render_description_section(&mut page)?;
    man.render_options_section(&mut page)?;
    commands(&definition, &mut page)?;
    man.render_extra_section(&mut page)?;
    man.render_version_section(&mut page)?;
    Ok(page)
}

/// A section for each command that does something itself, `PORTCHECK CATALOG LIST`.
fn commands(parent: &Command, page: &mut Vec<u8>) -> io::Result<()> {
    for command in parent.get_subcommands() {
        if command.get_name() == "help" || command.is_hide_set() {
            continue;
        }
        if command.has_subcommands() {
            commands(command, page)?;
        } else {
            section(command, page)?;
        }
    }
    Ok(())
}

fn section(command: &Command, page: &mut Vec<u8>) -> io::Result<()> {
    let name = command.get_display_name().unwrap_or(command.get_name());
    writeln!(page, ".SH \"{}\"", name.replace('-', " ").to_uppercase())?;
    let man = Man::new(command.clone());
    let mut parts = Vec::new();
    man.render_synopsis_section(&mut parts)?;
    man.render_description_section(&mut parts)?;
    man.render_options_section(&mut parts)?;
    man.render_extra_section(&mut parts)?;
    // What is a section of a page of its own is a part of a section here.
    for line in parts.split_inclusive(|byte| *byte == b'\n') {
        match line.strip_prefix(b".SH ") {
            Some(title) => page.write_all(&[b".SS ", title].concat())?,
            None => page.write_all(line)?,
        }
    }
    Ok(())
}
