//! Every key and every known answer, whole and in pieces.

use std::time::{Duration, Instant};

use proptest::prelude::*;

use super::*;
use crate::app::key::Code;

const WAIT: Duration = Duration::from_millis(50);
/// The longest time between two pieces of one key.
const GAP: Duration = Duration::from_millis(49);
/// A person's pause, after which an Esc was one.
const PAUSE: Duration = Duration::from_millis(60);

/// Keys, as terminals send them.
const KEYS: [(&[u8], &str); 51] = [
    (b"a", "a"),
    (b"R", "R"),
    (b"!", "!"),
    (b"\r", "Enter"),
    (b"\t", "Tab"),
    (b"\x7f", "Backspace"),
    (b"\x08", "Backspace"),
    (b"\x03", "C-c"),
    (b"\x0c", "C-l"),
    ("ы".as_bytes(), "ы"),
    ("€".as_bytes(), "€"),
    ("😀".as_bytes(), "😀"),
    (b"\x1b[A", "Up"),
    (b"\x1bOA", "Up"),
    (b"\x1b[B", "Down"),
    (b"\x1b[C", "Right"),
    (b"\x1b[D", "Left"),
    (b"\x1b[1;2C", "Right"),
    (b"\x1b[1;5C", "C-Right"),
    (b"\x1b[1;3A", "A-Up"),
    (b"\x1b\x1b[A", "A-Up"),
    (b"\x1b\x1bOA", "A-Up"),
    (b"\x1b[H", "Home"),
    (b"\x1b[1~", "Home"),
    (b"\x1b[7~", "Home"),
    (b"\x1bOF", "End"),
    (b"\x1b[4~", "End"),
    (b"\x1b[2~", "Ins"),
    (b"\x1b[3~", "Del"),
    (b"\x1b[5~", "PgUp"),
    (b"\x1b[6;1~", "PgDn"),
    (b"\x1b[Z", "S-Tab"),
    (b"\x1bOP", "F1"),
    (b"\x1bOR", "F3"),
    (b"\x1b[13~", "F3"),
    (b"\x1b[[A", "F1"),
    (b"\x1b[[E", "F5"),
    (b"\x1b[15~", "F5"),
    (b"\x1b[17~", "F6"),
    (b"\x1b[21~", "F10"),
    (b"\x1b[24~", "F12"),
    (b"\x1bc", "A-c"),
    (b"\x1b\r", "A-Enter"),
    ("\x1bы".as_bytes(), "A-ы"),
    (b"\x1b[99;5u", "C-c"),
    (b"\x1b[27u", "Esc"),
    (b"\x1b[97:65;2u", "A"),
    (b"\x9bA", "Up"),
    (b"\x8fR", "F3"),
    ("\u{9b}B".as_bytes(), "Down"),
    (b"\x1bOu", "5"),
];

/// What terminals say that is no key.
const ANSWERS: [&[u8]; 32] = [
    b"\x1b[>0;10;1c",
    b"\x1b[?62;22;52c",
    b"\x1b[?1;2c",
    b"\x1b[0n",
    b"\x1b[24;80R",
    b"\x1b[1;1R",
    b"\x1b[?2026;1$y",
    b"\x1b[4;1$y",
    b"\x1b[?0u",
    b"\x1b[8;24;80t",
    b"\x1b[I",
    b"\x1b[O",
    b"\x1b[?1;0;256S",
    b"\x1b[<0;33;12M",
    b"\x1b[<0;33;12m",
    b"\x1b[32;33;12M",
    b"\x1b[Mcr!",
    b"\x1b[5$",
    b"\x1b[5^",
    b"\x1b[a",
    b"\x1b[27;5;99~",
    b"\x1b[99;1:3u",
    b"\x1b[99;9u",
    b"\x1b[57399u",
    b"\x1b]52;c;U0hFRCBOQVRJT04=\x07",
    b"\x1b]4;1;rgb:cccc/0000/0000\x1b\\",
    b"\x1b]10;rgb:cccc/cccc/cccc\x1b\\",
    b"\x1bP>|XTerm(388)\x1b\\",
    b"\x1bP1$r0m\x1b\\",
    b"\x1b_Gi=31;OK\x1b\\",
    b"\x1b^private\x1b\\",
    b"\x1bXstring\x1b\\",
];

/// Bytes, and the time before them.
type Piece<'a> = (Duration, &'a [u8]);

/// What is heard of these pieces.
fn heard(pieces: &[Piece<'_>]) -> Vec<Heard> {
    let mut now = Instant::now();
    let mut cutter = Cutter::new(WAIT, now);
    let mut heard = Vec::new();
    for (gap, piece) in pieces {
        now += *gap;
        heard.extend(cutter.overdue(now));
        heard.extend(cutter.take(piece, now));
    }
    heard.extend(cutter.overdue(now + Duration::from_mins(1)));
    heard
}

fn key(name: &str) -> Heard {
    Heard::Key(Key::parse(name).expect("a key"))
}

#[test]
fn keys_are_what_terminals_send() {
    for (bytes, name) in KEYS {
        let seen = heard(&[(GAP, bytes)]);
        assert_eq!(seen, [key(name)], "{}", bytes.escape_ascii());
    }
}

#[test]
fn answers_are_no_keys() {
    for bytes in ANSWERS {
        let seen = heard(&[(GAP, bytes), (GAP, b"j")]);
        assert_eq!(seen, [key("j")], "{}", bytes.escape_ascii());
    }
    let ground = b"\x1b]11;rgb:fdfd/f6f6/e3e3\x07";
    let seen = heard(&[(GAP, ground)]);
    assert_eq!(seen, [Heard::Ground(Rgb(0xfd, 0xf6, 0xe3))]);
}

#[test]
fn esc_is_one_when_nothing_follows() {
    let esc = key("Esc");
    let cases: [(&[Piece<'_>], usize); 5] = [
        (&[(GAP, b"\x1b")], 1),
        (&[(GAP, b"\x1b"), (PAUSE, b"\x1b")], 2),
        (&[(GAP, b"\x1b\x1b")], 2),
        (&[(GAP, b"\x1b"), (GAP, b"\x1b"), (GAP, b"\x1b")], 3),
        (&[(GAP, b"\x1b[27u\x1b[27u")], 2),
    ];
    for (pieces, count) in cases {
        assert_eq!(heard(pieces), vec![esc.clone(); count], "{pieces:?}");
    }
    let after = heard(&[(GAP, b"\x1b"), (PAUSE, b"c")]);
    assert_eq!(after, [esc, key("c")]);
}

#[test]
fn what_is_cut_off_types_nothing_and_ends() {
    let second = Duration::from_secs(3);
    for begun in [
        &b"\x1b[1;"[..],
        b"\x1bO",
        b"\x1b]52;c;abc",
        b"\x1bPcr",
        b"\x1b[Mc",
        b"\x1b[[",
        b"\xe2\x82",
    ] {
        let seen = heard(&[(GAP, begun), (second, b"c")]);
        assert_eq!(seen, [key("c")], "{}", begun.escape_ascii());
    }
    let seen = heard(&[(GAP, b"\x1b]52;c;abc\x1b[B"), (GAP, b"\x1b[12\x1b[C")]);
    assert_eq!(seen, [key("Down"), key("Right")], "one begins in another");
    let seen = heard(&[(GAP, b"\x1b]52;c;abc\x03")]);
    assert_eq!(seen, [key("C-c")], "a person wants out");
}

#[test]
fn a_hand_is_heard_again_soon_whatever_was_begun() {
    let tenth = Duration::from_millis(100);
    for (begun, most) in [
        (&b"\x1b]"[..], 21),
        (b"\x1bP", 21),
        (b"\x9f", 21),
        (b"\x1b[", 21),
        (b"\x1b[200~", 101),
    ] {
        let mut pieces: Vec<Piece<'_>> = vec![(GAP, begun)];
        pieces.extend(std::iter::repeat_n((tenth, &b"!"[..]), most + 1));
        let seen = heard(&pieces);
        assert_eq!(seen.last(), Some(&key("!")), "{}", begun.escape_ascii());
    }
    for begun in [&b"\x1b]1"[..], b"\x1b[1", b"\x1bO", b"\x1b"] {
        let seen = heard(&[(GAP, begun), (GAP, b"\x03")]);
        assert_eq!(seen, [key("C-c")], "{}", begun.escape_ascii());
    }
    let long: Vec<Piece<'_>> = std::iter::once((GAP, &b"\x1b]52;c;"[..]))
        .chain(std::iter::repeat_n(
            (Duration::from_millis(1), &b"c"[..]),
            9_000,
        ))
        .chain([(GAP, &b"\x07j"[..])])
        .collect();
    assert_eq!(heard(&long), [key("j")], "a long answer on a slow line");
    let drip = Duration::from_millis(12);
    let paste: Vec<Piece<'_>> = std::iter::once((GAP, &b"\x1b[200~"[..]))
        .chain(std::iter::repeat_n((drip, &b"c"[..]), 2_000))
        .chain([(drip, &b"\x1b[201~"[..])])
        .collect();
    assert!(matches!(&heard(&paste)[..], [Heard::Paste(text)] if text.len() == 2_000));
}

#[test]
fn a_paste_is_one_whatever_it_holds_and_however_long() {
    let paste = [&b"\x1b[200~"[..], b"SHED \x1b[A\r", b"\x1b[201~"].concat();
    let whole = Heard::Paste("SHED \u{1b}[A\r".to_owned());
    for cut in 1..paste.len() {
        let (front, back) = paste.split_at(cut);
        assert_eq!(
            heard(&[(GAP, front), (GAP, back)]),
            std::slice::from_ref(&whole),
            "{cut}"
        );
    }
    let long = [&b"\x1b[200~"[..], &vec![b'c'; 200_000], b"\x1b[201~c"].concat();
    let seen = heard(&[(GAP, &long)]);
    assert!(
        matches!(&seen[..], [Heard::Paste(text), last] if text.len() == 65_536 && *last == key("c"))
    );
}

#[test]
fn what_was_begun_before_is_dropped_to_its_end() {
    let now = Instant::now();
    let mut cutter = Cutter::new(WAIT, now);
    cutter.take(b"\x1b[", now);
    cutter.mute();
    assert_eq!(cutter.take(b"Bc", now), [key("c")]);
    cutter.take(b"\x1b", now);
    cutter.mute();
    assert_eq!(cutter.overdue(now + PAUSE), []);
    assert_eq!(cutter.take(b"c", now + PAUSE), [key("c")]);
}

/// One thing that a terminal sends whole, and what it is.
fn any_sent() -> impl Strategy<Value = Vec<u8>> {
    let keys = (0..KEYS.len()).prop_map(|i| KEYS[i].0.to_vec());
    let answers = (0..ANSWERS.len()).prop_map(|i| ANSWERS[i].to_vec());
    let paste = "[a-zA-Z!\r]{0,20}".prop_map(|text| format!("\x1b[200~{text}\x1b[201~").into());
    prop_oneof![4 => keys, 4 => answers, 1 => paste]
}

/// Whatever was cut off, the key after it is that key.
#[test]
fn every_key_after_every_piece_of_every_other_is_itself() {
    let begun = KEYS.iter().map(|(bytes, _)| *bytes).chain(ANSWERS);
    for begun in begun.filter(|bytes| bytes[0] == 0x1b) {
        for cut in 2..begun.len() {
            let piece = &begun[..cut];
            if piece.ends_with(b"\x1b") {
                // Alt with the key that follows.
                continue;
            }
            for (bytes, name) in KEYS
                .iter()
                .filter(|(bytes, _)| bytes.len() > 2 && bytes[0] == 0x1b)
            {
                let seen = heard(&[(GAP, piece), (GAP, bytes)]);
                let last = seen.last().cloned();
                let what = format!("{} then {}", piece.escape_ascii(), bytes.escape_ascii());
                assert_eq!(last, Some(key(name)), "{what}");
                let letters = seen.iter().filter(
                    |one| matches!(one, Heard::Key(k) if matches!(k.code, Code::Char(_)) && !k.alt),
                );
                let own = usize::from(
                    matches!(&key(name), Heard::Key(k) if matches!(k.code, Code::Char(_)) && !k.alt),
                );
                // What a shorter key ended before may be one itself.
                assert!(letters.count() <= own + 1, "{what}: {seen:?}");
            }
        }
    }
}

proptest! {
    #[test]
    fn pieces_are_what_the_whole_is(
        sent in prop::collection::vec(any_sent(), 1..12),
        cuts in prop::collection::vec((1_usize..8, 0_u64..50), 1..200),
    ) {
        let whole: Vec<Heard> = sent.iter().flat_map(|bytes| heard(&[(GAP, bytes)])).collect();
        let bytes = sent.concat();
        let (mut pieces, mut rest) = (Vec::new(), &bytes[..]);
        for (length, gap) in cuts.iter().cycle() {
            if rest.is_empty() {
                break;
            }
            let (piece, after) = rest.split_at((*length).min(rest.len()));
            pieces.push((Duration::from_millis(*gap), piece));
            rest = after;
        }
        prop_assert_eq!(heard(&pieces), whole);
    }

    #[test]
    fn any_bytes_end_and_a_key_after_them_is_heard(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let seen = heard(&[(GAP, &bytes), (Duration::from_secs(11), b"c")]);
        prop_assert_eq!(seen.last(), Some(&key("c")));
    }
}
