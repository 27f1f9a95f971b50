//! Words of the wire for the domain's enumerations.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::domain;

macro_rules! words {
    ($(#[$doc:meta])* $name:ident = $target:path { $($variant:ident),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
        #[serde(rename_all = "snake_case")]
        #[schemars(inline)]
        pub(super) enum $name { $($variant),+ }

        impl From<$target> for $name {
            fn from(value: $target) -> Self {
                match value { $(<$target>::$variant => Self::$variant),+ }
            }
        }
        impl From<$name> for $target {
            fn from(value: $name) -> Self {
                match value { $($name::$variant => Self::$variant),+ }
            }
        }
    };
}

words!(
    TopicWord = domain::link::Topic {
        Fleet,
        Grid,
        Reserve,
        Alarm,
        Order
    }
);
words!(
    QualityWord = domain::quality::Quality {
        Good,
        Uncertain,
        Stale,
        Bad
    }
);
words!(
    BlockWord = domain::fleet::BlockState {
        Hashing,
        Ramping,
        Curtailed,
        Restoring,
        Faulted,
        Offline,
        Local
    }
);
words!(
    MachineWord = domain::fleet::MachineState {
        Hashing,
        Curtailed,
        Waking,
        Faulted,
        Offline
    }
);
words!(
    BoardWord = domain::machine::BoardState {
        Hashing,
        Asleep,
        Faulted,
        Missing
    }
);
words!(
    SourceWord = domain::fleet::PowerSource {
        Meter,
        Pdu,
        Firmware,
        Nameplate
    }
);
words!(
    GridWord = domain::grid::GridState {
        Normal,
        Alert,
        Emergency
    }
);
words!(BalanceWord = domain::reserve::BalanceSource { Claimed, Node });
words!(
    AlarmWord = domain::alarm::AlarmState {
        Unacknowledged,
        Acknowledged,
        ReturnedUnacknowledged,
        Latched,
        Shelved,
        Suppressed,
        OutOfService,
        Normal
    }
);
words!(KindWord = domain::order::OrderKind { Curtail, Restore });
/// `not_seen` says two things, told apart by `dead` beside it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub(super) enum PhaseWord {
    Received,
    Accepted,
    Rejected,
    Executing,
    Delivered,
    Failed,
    Expired,
    Cancelled,
    NotSeen,
}

impl From<domain::order::Phase> for PhaseWord {
    fn from(phase: domain::order::Phase) -> Self {
        use domain::order::Phase;
        match phase {
            Phase::Received => Self::Received,
            Phase::Accepted => Self::Accepted,
            Phase::Rejected => Self::Rejected,
            Phase::Executing => Self::Executing,
            Phase::Delivered => Self::Delivered,
            Phase::Failed => Self::Failed,
            Phase::Expired => Self::Expired,
            Phase::Cancelled => Self::Cancelled,
            Phase::NotSeen | Phase::Unseen => Self::NotSeen,
        }
    }
}

impl PhaseWord {
    /// With what stands in `dead`; a gateway of older rules says nothing there and means a dead id.
    pub(super) fn phase(self, dead: Option<bool>) -> domain::order::Phase {
        use domain::order::Phase;
        match self {
            Self::Received => Phase::Received,
            Self::Accepted => Phase::Accepted,
            Self::Rejected => Phase::Rejected,
            Self::Executing => Phase::Executing,
            Self::Delivered => Phase::Delivered,
            Self::Failed => Phase::Failed,
            Self::Expired => Phase::Expired,
            Self::Cancelled => Phase::Cancelled,
            Self::NotSeen if dead == Some(false) => Phase::Unseen,
            Self::NotSeen => Phase::NotSeen,
        }
    }
}
