//! The words of a line as Python's `shlex` parts them, which is how Ansible does. Source: Python,
//! `shlex`, "Parsing rules", POSIX mode with `whitespace_split` and comments.

use std::ops::Range;

/// A word, and the bytes of the line that it covers.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Word {
    pub(super) text: String,
    pub(super) range: Range<usize>,
}

/// The words up to a comment.
///
/// # Errors
/// Where a quote begins that is never closed, or a `\` stands with nothing behind it.
pub(super) fn words(line: &str) -> Result<Vec<Word>, usize> {
    let mut words: Vec<Word> = Vec::new();
    let mut word: Option<Word> = None;
    let mut quote: Option<(char, usize)> = None;
    let mut characters = line.char_indices();
    while let Some((at, character)) = characters.next() {
        let end = at + character.len_utf8();
        if quote.is_some_and(|(open, _)| open == character) {
            quote = None;
            push(&mut word, at..end, None);
            continue;
        }
        match (quote, character) {
            (None, '#') => break,
            (None, _) if character.is_whitespace() => words.extend(word.take()),
            (None, '\'' | '"') => {
                quote = Some((character, at));
                push(&mut word, at..end, None);
            }
            (None | Some(('"', _)), '\\') => {
                let (next_at, next) = characters.next().ok_or(at)?;
                if quote.is_some() && !matches!(next, '"' | '\\') {
                    push(&mut word, at..end, Some('\\'));
                }
                push(&mut word, at..next_at + next.len_utf8(), Some(next));
            }
            (_, _) => push(&mut word, at..end, Some(character)),
        }
    }
    words.extend(word);
    match quote {
        Some((_, at)) => Err(at),
        None => Ok(words),
    }
}

fn push(word: &mut Option<Word>, range: Range<usize>, character: Option<char>) {
    let word = word.get_or_insert_with(|| Word {
        text: String::new(),
        range: range.clone(),
    });
    word.text.extend(character);
    word.range.end = range.end;
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parted(line: &str) -> Result<Vec<String>, usize> {
        let words = words(line)?;
        Ok(words.into_iter().map(|word| word.text).collect())
    }

    #[test]
    fn quotes_join_words_and_a_comment_begins_anywhere() {
        let expected = ["a", "b=c d", "e=", "f"].map(str::to_owned).to_vec();
        assert_eq!(parted("a b='c d'  e=\"\" f#g h"), Ok(expected));
        assert_eq!(parted("  # all"), Ok(Vec::new()));
    }

    #[test]
    fn a_backslash_takes_the_next_character_as_it_is() {
        let expected = vec!["a b\\c\"".to_owned(), "\\d\"".to_owned()];
        assert_eq!(parted("a\\ \"b\\c\\\"\" '\\d\"'"), Ok(expected));
    }

    #[test]
    fn what_is_never_closed_has_its_place() {
        assert_eq!(parted("n1 x='a b"), Err(5));
        assert_eq!(parted("n1 \\"), Err(3));
    }
}
