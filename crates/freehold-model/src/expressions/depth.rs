//! Keeps expressions short, because parsers of Rust recurse and a stack has an end.

use proc_macro2::{TokenStream, TokenTree};

const MOST_TOKENS: usize = 300;
const MOST_LEVELS: usize = 24;
/// Of signs and keywords without a name or a number between them, as in `!!!!x` and `return return x`.
const MOST_SIGNS: usize = 8;
const KEYWORDS: [&str; 9] = ["async", "break", "const", "let", "move", "return", "static", "unsafe", "yield"];

/// Whether an expression is longer or nested deeper than one line of a model can want.
pub(super) fn is_too_deep(tokens: TokenStream) -> bool {
    let mut count = 0;
    let mut levels = vec![(tokens.into_iter(), 0)];
    while let Some((level, signs)) = levels.last_mut() {
        let Some(token) = level.next() else {
            levels.pop();
            continue;
        };
        count += 1;
        *signs = if is_sign(&token) { *signs + 1 } else { 0 };
        if count > MOST_TOKENS || *signs > MOST_SIGNS {
            return true;
        }
        if let TokenTree::Group(group) = token {
            levels.push((group.stream().into_iter(), 0));
        }
        if levels.len() > MOST_LEVELS {
            return true;
        }
    }
    false
}

fn is_sign(token: &TokenTree) -> bool {
    match token {
        TokenTree::Punct(_) => true,
        TokenTree::Ident(ident) => KEYWORDS.iter().any(|keyword| ident == keyword),
        TokenTree::Group(_) | TokenTree::Literal(_) => false,
    }
}
