//! What a theme may colour: meanings, never widgets.

macro_rules! roles {
    ($($(#[$doc:meta])* $name:ident = $word:literal,)*) => {
        /// A meaning that a theme gives a style to. A role that a theme leaves out takes the style of the part before
        /// its last dot, and at the end that of `text`.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Role {
            $($(#[$doc])* $name,)*
        }

        impl Role {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// Its name in a theme file.
            pub const fn word(self) -> &'static str {
                match self {
                    $(Self::$name => $word,)*
                }
            }
        }
    };
}

roles! {
    /// What everything stands on; only its background counts.
    Ground = "ground",
    /// Words.
    Text = "text",
    /// Words that stand back: units, hints, what is as it should be.
    TextDim = "text.dim",
    /// Words that stand out without being abnormal.
    TextStrong = "text.strong",
    /// Lines between parts of a screen.
    Rule = "rule",
    /// The product's name and the screen's.
    Title = "title",
    /// Heads of columns.
    Header = "header",
    /// A figure that is measured, fresh and plausible.
    Value = "value",
    /// A figure that is estimated or claimed.
    ValueUncertain = "value.uncertain",
    /// A figure that was true once.
    ValueStale = "value.stale",
    /// A figure that can't be used.
    ValueBad = "value.bad",
    /// A figure from a data sheet.
    ValueNameplate = "value.nameplate",
    /// States of blocks and sites that have no role of their own.
    State = "state",
    /// Hashing at its target.
    StateHashing = "state.hashing",
    /// On the way down.
    StateRamping = "state.ramping",
    /// Off by order.
    StateCurtailed = "state.curtailed",
    /// On the way up.
    StateRestoring = "state.restoring",
    /// Failed.
    StateFaulted = "state.faulted",
    /// Not answering.
    StateOffline = "state.offline",
    /// Under local control.
    StateLocal = "state.local",
    /// Alarms that have no role of their own.
    Alarm = "alarm",
    /// Now.
    Alarm1 = "alarm.1",
    /// Soon.
    Alarm2 = "alarm.2",
    /// This shift.
    Alarm3 = "alarm.3",
    /// For the record.
    Alarm4 = "alarm.4",
    /// The row that the cursor is on.
    Cursor = "cursor",
    /// The sign of a marked row.
    Mark = "mark",
    /// The key of an action.
    Key = "key",
    /// What a key does.
    KeyLabel = "key.label",
    /// The one of several that is chosen.
    Chosen = "chosen",
    /// A figure over time.
    Trend = "trend",
    /// The band in which a trend should stay.
    TrendBand = "trend.band",
    /// The part that is done.
    Progress = "progress",
    /// The part that is to do.
    ProgressRest = "progress.rest",
    /// The word SIMULATED.
    Simulated = "simulated",
    /// Sorting and trends are stopped.
    Frozen = "frozen",
    /// What a person types.
    Input = "input",
    /// What can't be taken back.
    Danger = "danger",
    /// A check that holds.
    Ok = "ok",
}

impl Role {
    /// The role with that name.
    pub fn named(word: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|role| role.word() == word)
    }

    /// The role whose style this one takes where a theme leaves it out; none for `text` and `ground`.
    pub fn parent(self) -> Option<Self> {
        match self {
            Self::Ground | Self::Text => None,
            _ => self
                .word()
                .rsplit_once('.')
                .and_then(|(front, _)| Self::named(front))
                .or(Some(Self::Text)),
        }
    }

    /// Its place in a table of styles.
    pub const fn index(self) -> usize {
        self as usize
    }
}
