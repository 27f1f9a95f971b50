//! A desk in front of gateways: how consoles are started, read and typed at.

use crate::common::{Server, Terminal};

/// One level up, or out of a dialog.
pub(crate) const ESC: &str = "\x1b";
/// A page down.
pub(crate) const PAGE_DOWN: &str = "\x1b[6~";

/// A simulator on a port of its own.
pub(crate) fn simulator() -> Server {
    Server::simulator("127.0.0.1:0")
}

/// A console on these feeds.
pub(crate) fn console(feeds: &[String], more: &[&str], columns: u16, rows: u16) -> Terminal {
    let mut args = vec!["console"];
    for feed in feeds {
        args.extend(["--feed", feed]);
    }
    args.extend(more);
    Terminal::start(&args, columns, rows)
}

/// The three feeds of one server.
pub(crate) fn feeds(at: &str) -> Vec<String> {
    ["fleet", "grid", "reserve"]
        .map(|path| format!("ws://{at}/{path}"))
        .to_vec()
}

/// A console on one server, when the nation is shown and the figures are live.
pub(crate) fn live(at: &str) -> Terminal {
    let terminal = console(&feeds(at), &[], 120, 36);
    is_live(&terminal);
    terminal
}

/// Waits until the nation is shown, and nothing of it is stale.
pub(crate) fn is_live(terminal: &Terminal) {
    terminal.wait("the nation, live", |screen| {
        screen.contains("Astravets")
            && screen.contains("15 min")
            && frequency(screen).is_some()
            && !screen.contains("stale")
    });
}

/// The frequency on the top line, where it is not marked.
pub(crate) fn frequency(screen: &str) -> Option<f64> {
    let line = screen.lines().find(|line| line.contains(" Hz"))?;
    line.split_whitespace().next()?.parse().ok()
}

/// The line that holds a text.
pub(crate) fn line<'a>(screen: &'a str, text: &str) -> Option<&'a str> {
    screen.lines().find(|line| line.contains(text))
}

/// MW and target of a site's row: the figures after its hashrate.
pub(crate) fn site(screen: &str, name: &str) -> Option<(f64, f64)> {
    let row = line(screen, name)?;
    let (_, rest) = row.split_once("H/s")?;
    let mut figures = rest
        .split_whitespace()
        .filter(|word| *word != "?")
        .map(|word| word.trim_end_matches(['f', 'n']).parse::<f64>());
    Some((figures.next()?.ok()?, figures.next()?.ok()?))
}

/// The nation's MW, and what it is ordered to draw, from the top lines.
pub(crate) fn mining(screen: &str) -> Option<(i64, i64)> {
    let whole = |text: &str| {
        let digits: String = text.chars().filter(char::is_ascii_digit).collect();
        digits.parse().ok()
    };
    let top = || {
        let (_, rest) = line(screen, "mining ")?.split_once("mining ")?;
        let (now, rest) = rest.split_once(" of ")?;
        let (target, _) = rest.split_once(" MW")?;
        Some((whole(now)?, whole(target)?))
    };
    // Where the top line has no room for the target, the nation's row has it.
    let row = || {
        let row = screen
            .lines()
            .find(|l| l.trim_start().starts_with("nation "))?;
        let mut figures = row
            .split("  ")
            .map(str::trim)
            .filter(|part| part.contains('.'));
        let tenths = |text: &str| Some(whole(text)? / 10);
        figures.next()?;
        Some((tenths(figures.next()?)?, tenths(figures.next()?)?))
    };
    top().or_else(row)
}

/// Names at the beginning of the rows of the nation's table, in their order.
pub(crate) fn order_of_rows(screen: &str, names: &[&str]) -> Vec<String> {
    screen
        .lines()
        .skip(4)
        .filter_map(|line| {
            let first = line.trim_start_matches(['>', '●', ' ']).split(' ').next()?;
            names.contains(&first).then(|| first.to_owned())
        })
        .collect()
}

/// The word that an armed plan asks for.
pub(crate) fn word(screen: &str) -> Option<String> {
    let line = line(screen, "and Enter to ")?;
    let (_, rest) = line.split_once("type ")?;
    Some(rest.split_once(" and Enter")?.0.trim().to_owned())
}

/// Opens the dialog with a key, types the amount, and waits for the plan.
pub(crate) fn plan(terminal: &mut Terminal, key: &str, amount: &str) -> String {
    terminal.keys(key);
    terminal.wait_for("MW, % of ");
    terminal.keys(amount);
    let asked = terminal.wait_for(&format!("> {amount}_"));
    // A shed would else go one block after the other for minutes.
    if asked.contains(AT_ONCE) {
        terminal.keys("\x1b[C\x1b[C");
        terminal.wait_for(&format!("[{AT_ONCE}]"));
    }
    terminal.keys("\r");
    terminal.wait_for("a arms this plan")
}

const AT_ONCE: &str = "as fast as possible";

/// Arms the plan that is shown and types its word, as often as the ten seconds ask for; gives the word.
pub(crate) fn execute(terminal: &mut Terminal) -> String {
    loop {
        terminal.keys("a");
        let armed = terminal.wait("the prompt", |s| s.contains("Armed.") && word(s).is_some());
        if let Some(word) = typed(terminal, &armed) {
            return word;
        }
    }
}

/// As [`execute`]; none where the plan could not be armed as it was, and is made anew.
pub(crate) fn execute_unless_anew(terminal: &mut Terminal) -> Option<String> {
    terminal.keys("a");
    let answer = terminal.wait("the prompt, or why not", |s| {
        s.contains("not armed") || (s.contains("Armed.") && word(s).is_some())
    });
    if answer.contains("not armed") {
        return None;
    }
    Some(typed(terminal, &answer).unwrap_or_else(|| execute(terminal)))
}

/// Types the word of an armed plan; none where its ten seconds were over first.
fn typed(terminal: &mut Terminal, armed: &str) -> Option<String> {
    let word = word(armed).expect("it was there");
    terminal.keys(&word);
    let echo = format!("> {word}_");
    let late = |s: &str| s.contains("a arms this plan");
    let typed = terminal.wait("the word", |s| s.contains(&echo) || late(s));
    if late(&typed) {
        return None;
    }
    terminal.keys("\r");
    let done = terminal.wait("the end of the dialog", |s| {
        late(s) || !s.contains("leaves nothing behind")
    });
    (!late(&done)).then_some(word)
}

/// Puts the cursor of the nation's table on a site, through the filter.
pub(crate) fn only(terminal: &mut Terminal, name: &str) {
    terminal.keys("/");
    terminal.wait_for("/ _");
    terminal.keys(name);
    terminal.wait_for(&format!("/ {name}_"));
    terminal.keys("\r");
    terminal.wait_for("Esc clears it");
}

/// The state of the first order on the Curtail screen: the word after its megawatts.
pub(crate) fn state_of_the_order(screen: &str) -> Option<String> {
    const STATES: [&str; 12] = [
        "sent",
        "not",
        "unknown",
        "received",
        "accepted",
        "rejected",
        "executing",
        "delivered",
        "failed",
        "expired",
        "not_seen",
        "forgotten",
    ];
    if !screen.contains("Orders ") || !screen.contains("under way") {
        return None;
    }
    screen.lines().find_map(|row| {
        let words: Vec<&str> = row.split_whitespace().collect();
        let at = words.iter().position(|word| {
            word.strip_prefix(['-', '+'])
                .is_some_and(|rest| rest.parse::<f64>().is_ok())
        })?;
        let state = words.get(at + 1)?;
        STATES.contains(state).then(|| (*state).to_owned())
    })
}

/// Waits until the first order on the Curtail screen is in that state.
pub(crate) fn order_becomes(terminal: &Terminal, word: &str) -> String {
    terminal.wait(&format!("an order that is {word}"), |s| {
        state_of_the_order(s).as_deref() == Some(word)
    })
}

/// The counter of refused messages on the feed's line of the Journal screen is above 0.
pub(crate) fn bad_messages(screen: &str, feed: &str) -> bool {
    const HEAD: &str = "BAD MSGS";
    let mut lines = screen.lines().skip_while(|l| !l.contains(HEAD));
    let Some(head) = lines.next() else {
        return false;
    };
    // Figures end where their head ends.
    let before = head.split(HEAD).next().unwrap_or_default();
    let end = before.chars().count() + HEAD.len();
    let row = lines.find(|l| l.contains(feed));
    row.is_some_and(|row| {
        let cell: String = row.chars().take(end).collect();
        let count = cell.split(' ').next_back().unwrap_or_default();
        count.parse::<u64>().is_ok_and(|count| count > 0)
    })
}
