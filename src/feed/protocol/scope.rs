//! Which topics travel on which path.

use crate::domain::link::Topic;

/// Every path that a server may serve.
pub const PATHS: [&str; 4] = ["/", "/fleet", "/grid", "/reserve"];

/// The topics of a path; none where the path is not of the feed.
pub fn topics_at(path: &str) -> Option<&'static [Topic]> {
    match path {
        "" | "/" => Some(&Topic::ALL),
        "/fleet" => Some(&[Topic::Fleet, Topic::Alarm, Topic::Order]),
        "/grid" => Some(&[Topic::Grid]),
        "/reserve" => Some(&[Topic::Reserve]),
        _ => None,
    }
}
