//! Nothing that a file holds makes the reader panic.

use freehold_model::read;

const MODELS: [&str; 3] = [
    include_str!("../../../../models/shipping.toml"),
    include_str!("../../../../models/broker_account.toml"),
    crate::support::RIGHT,
];

/// What people get wrong with a key or two, and what they never would.
const PIECES: [&str; 24] = [
    "\"",
    "'",
    "[",
    "]",
    "{",
    "}",
    "(",
    ")",
    "=",
    ":",
    "?",
    "[]",
    "..",
    ",",
    "\\",
    "\n",
    "ß",
    "\u{1f4e6}",
    "\0",
    "self",
    "event",
    "Text",
    "\"\"\"",
    "1e999",
];

/// A generator of numbers that is the same on every machine.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap_or(0) % sides.max(1)
    }
}

/// Reads a text and what it says of it; either a model or mistakes come out, each within the text.
fn endures(text: &str) {
    let Err(mistakes) = read("models/any.toml", text) else {
        return;
    };
    assert!(!mistakes.is_empty());
    assert!(!mistakes.render(false).is_empty());
    for mistake in &mistakes {
        assert!(text.get(mistake.span.clone()).is_some(), "{mistake:?}");
    }
}

#[test]
fn a_model_that_lacks_a_line_is_read_or_refused() {
    for model in MODELS {
        let lines: Vec<&str> = model.lines().collect();
        for gone in 0..lines.len() {
            let rest: Vec<&str> =
                lines.iter().enumerate().filter(|(at, _)| *at != gone).map(|(_, line)| *line).collect();
            endures(&rest.join("\n"));
        }
    }
}

#[test]
fn a_model_that_was_mistyped_is_read_or_refused() {
    let mut dice = Dice(7);
    for _ in 0..1_500 {
        let mut characters: Vec<String> = MODELS[dice.roll(MODELS.len())].chars().map(String::from).collect();
        for _ in 0..=dice.roll(3) {
            let at = dice.roll(characters.len());
            match dice.roll(3) {
                0 => drop(characters.remove(at)),
                1 => characters.insert(at, PIECES[dice.roll(PIECES.len())].to_owned()),
                _ => {
                    let other = dice.roll(characters.len());
                    characters.swap(at, other);
                }
            }
        }
        endures(&characters.concat());
    }
}

#[test]
fn a_model_whose_words_were_mixed_is_read_or_refused() {
    let mut dice = Dice(11);
    for _ in 0..600 {
        let model = MODELS[dice.roll(MODELS.len())];
        let mut words: Vec<&str> = model.split_inclusive([' ', '\n', '"', '.', ':']).collect();
        for _ in 0..=dice.roll(4) {
            let (one, other) = (dice.roll(words.len()), dice.roll(words.len()));
            words.swap(one, other);
        }
        endures(&words.concat());
    }
}

#[test]
fn an_expression_that_nests_without_end_is_refused() {
    for (open, close) in [
        ("(", ")"),
        ("!", ""),
        ("-", ""),
        ("&", ""),
        ("[", "]"),
        ("|a|", ""),
        ("if a {} else ", ""),
        ("{", "}"),
        ("a::<A<", ">>"),
        ("return ", ""),
        ("x = ", ""),
        ("*", ""),
        ("f(", ")"),
        ("move || ", ""),
        ("break ", ""),
        ("let a = ", ""),
        ("a + ", ""),
        ("..", ""),
        ("<", ""),
        ("- ! ", ""),
        ("matches!(", ", _)"),
        ("a as Vec<", ">"),
    ] {
        for count in [10, 60, 100, 200, 399, 3_000] {
            let expression = format!("{}a{}", open.repeat(count), close.repeat(count));
            let text = crate::support::RIGHT.replace("self.weight_kg <= dec!(30)", &expression);
            endures(&text);
        }
    }
}

#[test]
fn a_long_word_is_read_in_time() {
    let long = "a".repeat(200_000);
    endures(&crate::support::RIGHT.replace("carrier:Carrier", &format!("carrier:{long}")));
    endures(&crate::support::RIGHT.replace("Booked", &long));
    endures(&format!("{long} = 1"));
    endures(&crate::support::RIGHT.replace("self.weight_kg", &long));
}

#[test]
fn tables_that_nest_without_end_are_refused() {
    for count in [50, 100, 1_000, 30_000] {
        endures(&format!("{}a = 1", "a.".repeat(count)));
        endures(&format!("[{}a]", "a.".repeat(count)));
        endures(&format!("a = {}{}", "[".repeat(count), "]".repeat(count)));
        endures(&format!("a = {}", "{a=".repeat(count)));
    }
}
