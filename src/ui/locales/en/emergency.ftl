emergency-title = EMERGENCY SHED
emergency-drops = drops
emergency-within = within { $time } of its step
emergency-within-brief = in { $time }
emergency-steps = { $n ->
    [one] { $n } step of at most { $power } MW
   *[other] { $n } steps of at most { $power } MW
    }
emergency-every = every
emergency-last = the last after
emergency-remembered = { $n ->
    [one] ? { $n } block by last known figures: telemetry stale or bad
   *[other] ? { $n } blocks by last known figures: telemetry stale or bad
    }
emergency-unjournaled = !2 leaves unjournaled: { $why }
emergency-unreached = !2 not reached, feed down: { $names }
emergency-unreached-more = !2 not reached, feed down: { $names } and { $more } more
emergency-low = low: shedding raises it
emergency-low-brief = low
emergency-contradicted = !1 feeds differ: which way it is off is not known
emergency-contradicted-brief = !1 feeds differ
emergency-in-band = in band: shedding raises it
emergency-in-band-brief = in band
emergency-high = !1 HIGH: shedding raises it further, and is done all the same
emergency-high-brief = !1 HIGH: rises further
emergency-too-high = !1 TOO HIGH: nothing leaves
emergency-too-high-brief = !1 TOO HIGH
emergency-unknown = !2 not known: direction not checked
emergency-unknown-brief = !2 not checked
emergency-frequency = frequency
direction-change = expected
direction-change-step = a step
direction-shed-high = !1 HIGH: shedding raises it further
direction-give-low = !1 LOW: giving back lowers it further
direction-give-low-brief = !1 LOW: falls further
direction-give-in-band = in band: giving back lowers it
direction-give-high = high: giving back lowers it
direction-give-high-brief = high
emergency-step = step
emergency-at-once = at once
emergency-after = after { $time }
emergency-word-blocks = { $n ->
    [one] block
   *[other] blocks
    }
emergency-word-sites = { $n ->
    [one] site
   *[other] sites
    }
emergency-notice = begins after { $notice } notice
emergency-uncut = one block, not to be cut
emergency-down = { $n ->
    [one] { $n } block is down, or on its way, already
   *[other] { $n } blocks are down, or on their way, already
    }
emergency-to-shed = and Enter to shed
emergency-wait = Wait.
emergency-ready = Ready.
emergency-ended = shed { $how }
emergency-again = { $n ->
    [one] { $key } again for the other step
   *[other] { $key } again for the other { $n } steps
    }
emergency-stopped = Stopped at { $hertz } Hz, { $time }
emergency-stopped-at = Stopped at { $hertz } Hz at { $place }, { $time }
emergency-sent = { $sent } of { $whole } MW, { $at } of { $all } steps
emergency-called-back = { $n ->
    [one] { $n } called back
   *[other] { $n } called back
    }
emergency-running = SHEDDING step { $at } of { $all }, { $sent } of { $whole } MW, next in { $wait } s
emergency-disputed = !1 disputed, bars nothing: { $label } says { $value }
emergency-disputed-brief = !1 or { $value }
emergency-elsewhere = at { $place }
emergency-held = { $n ->
    [one] { $n } step ({ $power } MW) held by its gateway begins in its turn; Esc calls it back
   *[other] { $n } steps ({ $power } MW) held by their gateways begin in their turn; Esc calls them back
    }
emergency-held-high = !1 TOO HIGH: { $power } MW held by gateways ({ $n }) begin only as their own reading allows; Esc calls back
