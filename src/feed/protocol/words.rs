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
words!(
    PhaseWord = domain::order::Phase {
        Received,
        Accepted,
        Rejected,
        Executing,
        Delivered,
        Failed,
        Expired,
        Cancelled,
        NotSeen
    }
);
