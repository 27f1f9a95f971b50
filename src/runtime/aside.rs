//! What goes to the terminal beside the frames: the clipboard (OSC 52), the bell and a notification (OSC 9).
//!
//! Invariant: texts of a feed or a pool pass only without control characters, and short. Inside tmux both go twice: as
//! they are, for a tmux that takes them itself (`set-clipboard on`), and wrapped, for one that passes them on to the
//! terminal outside (`allow-passthrough on`); what does neither shows nothing.

/// Longest text for the clipboard, characters: terminals refuse long ones anyway.
const MOST_COPIED: usize = 1_024;
/// Longest sentence of a notification, characters.
const MOST_SAID: usize = 200;

/// Is this terminal one of tmux?
pub(super) fn in_tmux() -> bool {
    std::env::var_os("TMUX").is_some_and(|value| !value.is_empty())
}

/// The bell, and a notification with the sentence.
pub(super) fn alert(sentence: &str, in_tmux: bool) -> Vec<u8> {
    // An empty OSC 9, or one that begins with a figure and `;`, means other things to some terminals.
    let note = format!("\x1b]9;baseload: {}\x07", plain(sentence, MOST_SAID));
    let mut out = vec![0x07];
    out.extend(passed(note.as_bytes(), in_tmux));
    out
}

/// To the clipboard. The text is from a feed, and on its way to wherever it is pasted: into a shell, say.
pub(super) fn clipboard(text: &str, in_tmux: bool) -> Vec<u8> {
    let text = plain(text, MOST_COPIED);
    let mut out = b"\x1b]52;c;".to_vec();
    out.extend(data_encoding::BASE64.encode(text.as_bytes()).into_bytes());
    out.push(0x07);
    passed(&out, in_tmux)
}

fn plain(text: &str, most: usize) -> String {
    text.chars()
        .filter(|c| !c.is_control())
        .take(most)
        .collect()
}

/// A sequence, and inside tmux the same once more for the terminal outside: its escapes doubled in a string of tmux.
fn passed(sequence: &[u8], in_tmux: bool) -> Vec<u8> {
    let mut out = sequence.to_vec();
    if in_tmux {
        out.extend(b"\x1bPtmux;");
        for byte in sequence {
            if *byte == 0x1b {
                out.push(0x1b);
            }
            out.push(*byte);
        }
        out.extend(b"\x1b\\");
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_goes_to_the_clipboard_without_what_acts() {
        assert_eq!(
            clipboard("hi\x1b]0;x\x07", false),
            b"\x1b]52;c;aGldMDt4\x07"
        );
        let long = clipboard(&"W".repeat(5_000), false);
        assert!(long.len() < 1_500, "{}", long.len());
    }

    #[test]
    fn inside_tmux_it_goes_on_to_the_terminal_outside_too() {
        let sent = clipboard("hi", true);
        let wanted: &[u8] = b"\x1b]52;c;aGk=\x07\x1bPtmux;\x1b\x1b]52;c;aGk=\x07\x1b\\";
        assert_eq!(sent, wanted);
    }

    #[test]
    fn an_alert_rings_once_and_says_one_bounded_line() {
        let sent = alert(&format!("unit\n{}", "x".repeat(900)), true);
        let bells = String::from_utf8_lossy(&sent).matches('\x07').count();
        assert_eq!(sent.first(), Some(&0x07));
        assert_eq!(bells, 3, "the bell, and the end of the sequence twice");
        assert!(sent.len() < 600 && !sent.contains(&b'\n'));
    }
}
