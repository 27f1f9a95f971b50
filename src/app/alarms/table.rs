//! Every alarm that this console knows by kind, once: why it comes, what to do about it, what happens otherwise, and
//! how soon. An alarm that asks nothing of anybody is none (ISA-18.2, 3.1.7: "requiring a timely response").

use std::time::Duration;

use crate::control::alarm::Timing;
use crate::domain::alarm::Priority;

/// One kind of alarm.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Definition {
    /// The word for it, on the wire too.
    pub kind: &'static str,
    /// Its name.
    pub name: &'static str,
    /// How urgent it is where this console raises it.
    pub priority: Priority,
    /// What it means.
    pub cause: &'static str,
    /// What to do.
    pub response: &'static str,
    /// What happens if nobody does.
    pub consequence: &'static str,
    /// How long there is to respond.
    pub within: Duration,
    /// Its delays, and whether it is kept until it is reset.
    pub timing: Timing,
}

const fn timing(on: u64, off: u64) -> Timing {
    Timing {
        on: Duration::from_secs(on),
        off: Duration::from_secs(off),
        latching: false,
    }
}

const MINUTE: u64 = 60;

macro_rules! alarm {
    ($kind:literal, $name:literal, $priority:ident, within $within:expr, $timing:expr,
     cause $cause:literal, response $response:literal, consequence $consequence:literal) => {
        Definition {
            kind: $kind,
            name: $name,
            priority: Priority::$priority,
            cause: $cause,
            response: $response,
            consequence: $consequence,
            within: Duration::from_secs($within),
            timing: $timing,
        }
    };
}

/// All of them.
pub const ALARMS: &[Definition] = &[
    alarm!(
        "unit_trip", "Generating unit tripped", P1, within 30,
        Timing { latching: true, ..timing(3, 10) },
        cause "a nuclear unit has left the grid with all its power",
        response "watch the frequency; shed (C) as the grid operator instructs or once it falls below its band",
        consequence "the frequency goes on falling and the grid sheds load by its own relays"
    ),
    alarm!(
        "frequency_low", "Frequency below its band", P1, within 30, timing(2, 5),
        cause "generation does not cover the load",
        response "shed (C); give nothing back until it has been in its band for minutes",
        consequence "under-frequency relays cut off whole feeders"
    ),
    alarm!(
        "frequency_high", "Frequency above its band", P1, within 60, timing(2, 5),
        cause "load has been lost, or too much was shed",
        response "stop shedding; give load back (R) if the grid operator agrees",
        consequence "units leave the grid by over-frequency protection"
    ),
    alarm!(
        "frequency_disputed", "Feeds disagree on frequency", P1, within 30, timing(0, 0),
        cause "two feeds state frequencies that can't both be true",
        response "ask the grid operator which is right; choose who rules (d)",
        consequence "load is shed or given back in the wrong direction"
    ),
    alarm!(
        "instruction", "Grid instruction in force", P1, within MINUTE, timing(0, 0),
        cause "the grid operator wants mining at no more than it says, from now on",
        response "shed what is over (C offers the megawatts); give nothing back above it",
        consequence "the grid operator cuts off whole feeders, or fines are due"
    ),
    alarm!(
        "above_instruction", "Mining above the instruction", P1, within MINUTE, timing(10, 5),
        cause "the ramp of the grid's instruction is over, and more is drawn than it wants",
        response "4 Curtail shows which blocks lag; shed what is over elsewhere (C offers it)",
        consequence "the grid operator cuts off whole feeders, or fines are due"
    ),
    alarm!(
        "feed_lost", "Feed lost", P2, within 2 * MINUTE, timing(10, 2),
        cause "the link to this feed's gateway is down; its figures are old",
        response "8 Journal shows why; mend the link, or call the gateway's site by telephone",
        consequence "nothing of it can be ordered from here, and what it does is not seen"
    ),
    alarm!(
        "order_unknown", "Fate of an order unknown", P2, within 2 * MINUTE, timing(2, 0),
        cause "the link was lost with the order under way",
        response "judge by the meters (2 Site); do not order the same again before the gateway has answered",
        consequence "load is taken to be shed that is not, or is shed twice"
    ),
    alarm!(
        "order_failed", "Order failed", P2, within MINUTE, timing(0, 0),
        cause "the gateway refused it or could not deliver it",
        response "4 Curtail shows which blocks and why; shed the rest elsewhere",
        consequence "the promised megawatts are missing"
    ),
    alarm!(
        "order_claimed", "Delivery not borne out", P2, within 2 * MINUTE, timing(0, 0),
        cause "the gateway calls the order delivered; no reading shows it, or the meter shows the load",
        response "judge by the meters (2 Site); shed it elsewhere, and call the gateway's site",
        consequence "the promised megawatts are counted and missing"
    ),
    alarm!(
        "order_denied", "Order run against its word", P2, within 2 * MINUTE, timing(0, 0),
        cause "the gateway had said that it would not run the order, and now says that it runs",
        response "judge by the meters (2 Site); give back what was ordered in its place, and call the gateway's site",
        consequence "load is shed twice, or given back that nobody expects"
    ),
    alarm!(
        "overdraw", "Block does not obey", P2, within 2 * MINUTE, timing(60, 10),
        cause "by its meter the block draws more than its target",
        response "order another block in its place; send the hall's technician to its breaker",
        consequence "the shed is short by what it draws"
    ),
    alarm!(
        "journal", "Journal can't be written", P2, within 5 * MINUTE, timing(3, 3),
        cause "the disk of the journal is full, read-only or gone",
        response "free space or mend the disk; it goes on by itself",
        consequence "no orders leave this desk but emergency shedding"
    ),
    // Only a gateway raises it, and then with the first priority.
    alarm!(
        "gateway_journal", "Gateway's journal is of no use", P2, within 5 * MINUTE, timing(0, 0),
        cause "the disk of a gateway's journal is full or hangs, or its file is broken or another gateway's",
        response "free space, mend the disk, or end the other gateway; it goes on by itself",
        consequence "that gateway does nothing but emergency sheds"
    ),
    alarm!(
        "lease_lapsed", "Lease of an order lapsed", P2, within 10 * MINUTE, timing(0, 0),
        cause "the time of an order is over and its blocks hold",
        response "restore them (r), or order them anew",
        consequence "load stays off that nobody wants off"
    ),
    alarm!(
        "fault", "Block faulted", P2, within 15 * MINUTE, timing(0, 0),
        cause "too many of its machines have failed",
        response "send the hall's technician; leave the block out of plans",
        consequence "it can be neither counted as load nor as reserve"
    ),
    alarm!(
        "meter_disagrees", "Site meter disagrees", P2, within 15 * MINUTE, timing(0, 0),
        cause "the grid meter reads more than the blocks account for",
        response "have somebody look for machines that run outside any block",
        consequence "what is shed by the blocks is not shed on the grid"
    ),
    alarm!(
        "balance_disputed", "Feeds disagree on the balance", P2, within 5 * MINUTE, timing(0, 0),
        cause "two feeds state surplus or demand more than 2 % apart",
        response "ask the grid operator which is right; choose who rules (d)",
        consequence "plans are made for megawatts that are not there"
    ),
    alarm!(
        "meter_disputed", "Feeds disagree on a meter", P2, within 5 * MINUTE, timing(0, 0),
        cause "two feeds state a meter of one block or site more than 2 % apart",
        response "ask the site which is right; choose who rules (d on its row)",
        consequence "what a shed delivers is judged by a wrong figure"
    ),
    alarm!(
        "site_claimed", "Site claimed by a second feed", P2, within 10 * MINUTE, timing(0, 0),
        cause "a feed states a site that the config pins to another",
        response "call who runs that feed; nothing that it says of the site is used here",
        consequence "none here; a desk without the pin is misled"
    ),
    alarm!(
        "gateway_twice", "Two gateways of one id", P2, within 10 * MINUTE, timing(10, 5),
        cause "two gateways that run at the same time call themselves by one id",
        response "call who runs them; start one of them with another --id",
        consequence "an order may reach the wrong one, and the past of one is taken for the other's"
    ),
    alarm!(
        "site_taken", "Site taken over by a second feed", P2, within 10 * MINUTE, timing(0, 0),
        cause "the link of the site's feed is down, and another feed states the site",
        response "if that feed is not meant to stand in, call who runs it; pin the site (`sites` of [[feed]])",
        consequence "figures and orders of the site are another gateway's until the link is back"
    ),
    alarm!(
        "silent", "Site does not report", P2, within 5 * MINUTE, timing(0, 0),
        cause "the gateway hears nothing of the site",
        response "call the site; count its load as not sheddable",
        consequence "it may draw or shed unseen"
    ),
    alarm!(
        "site_stale", "Site stale", P3, within 10 * MINUTE, timing(15, 5),
        cause "the site's figures have not been renewed for three report periods, or can't be read",
        response "call the site if its feed is live; else mend the feed first",
        consequence "its load is not counted as sheddable"
    ),
    alarm!(
        "order_late", "Order late", P3, within 5 * MINUTE, timing(0, 5),
        cause "not delivered 15 min after it was sent",
        response "4 Curtail shows which blocks lag; shed the rest elsewhere",
        consequence "the promised megawatts come too late to count"
    ),
    alarm!(
        "over_target", "Mining above its target", P3, within 10 * MINUTE, timing(180, 20),
        cause "all sites together draw more than their targets",
        response "1 Nation, sort by MW: find the site; order its blocks again",
        consequence "the surplus is overdrawn and the grid makes up for it"
    ),
    alarm!(
        "no_hashrate", "Block without hashrate", P3, within 30 * MINUTE, timing(120, 20),
        cause "the block reports and hashes nothing, though it should",
        response "look at its machines (2 Site); its pool link or its power may be gone",
        consequence "the block earns nothing"
    ),
    alarm!(
        "clock_skew", "Clocks apart", P3, within 30 * MINUTE, timing(10, 10),
        cause "this desk's clock and a gateway's differ by more than 2 s",
        response "set the wrong clock (baseload doctor says which)",
        consequence "times of expiry are judged wrongly and orders refused"
    ),
    alarm!(
        "clock_wrong", "Clock runs wrong", P2, within 5 * MINUTE, timing(0, 10),
        cause "a gateway's clock stands still, or runs faster or slower than this machine's",
        response "call the gateway's site: it hangs, or its clock does; judge by telephone until it is mended",
        consequence "old values look new; nothing of it is ordered from here but an emergency"
    ),
    alarm!(
        "clock_set", "Clock was set", P3, within 10 * MINUTE, timing(0, 0),
        cause "a gateway's clock has jumped",
        response "ask the gateway's site whether it was meant; nothing is given back until pings agree",
        consequence "ages and times of expiry are judged wrongly"
    ),
    alarm!(
        "own_clock", "This desk's clock", P3, within 30 * MINUTE, timing(0, 10),
        cause "this machine's clock was set, or all gateways say another time alike",
        response "set this machine's clock and start the console anew; until then its times go on as they were",
        consequence "times on the screen and in the journal are not those of the wall"
    ),
    alarm!(
        "authority", "Authority taken", P3, within 10 * MINUTE, timing(0, 0),
        cause "another holds the site now",
        response "ask them; T takes it back",
        consequence "orders to the site are refused"
    ),
];

/// The definition of a kind, where it is known.
pub fn definition(kind: &str) -> Option<&'static Definition> {
    ALARMS.iter().find(|alarm| alarm.kind == kind)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_stands_once_and_asks_something_of_somebody() {
        for (at, alarm) in ALARMS.iter().enumerate() {
            assert!(
                ALARMS[at + 1..]
                    .iter()
                    .all(|other| other.kind != alarm.kind),
                "{}",
                alarm.kind
            );
            for text in [alarm.name, alarm.cause, alarm.response, alarm.consequence] {
                assert!(
                    !text.is_empty() && text.len() < 120,
                    "{}: {text}",
                    alarm.kind
                );
            }
            assert!(alarm.within > Duration::ZERO && alarm.timing.on <= Duration::from_mins(5));
        }
    }

    #[test]
    fn the_top_priority_is_rare() {
        let top = ALARMS.iter().filter(|a| a.priority == Priority::P1).count();
        assert!(top * 5 <= ALARMS.len(), "{top} of {}", ALARMS.len());
    }
}
