orders-col-by = BY
desk-now = now
desk-late = late { $time }
desk-own = gateway { $rule }
desk-chart = metered MW since it was sent
desk-sign-sent = sent
desk-sign-accepted = accepted
desk-sign-delivered = delivered
desk-sign-promised = promised
desk-sign-expires = expires
desk-sign-other = another desk's
desk-sign-all = all delivered
desk-sign-wrong = failed
desk-head-orders = Orders
desk-head-under-way = { $n }
desk-head-own = { $n } of gateways
desk-head-queue = Restore queue
desk-head-queued = { $blocks }, { $mw } MW
desk-head-authority = Authority
desk-head-held = { $here } of { $sites }
desk-plan-nation = plan for the nation:
desk-plan-sites = { $n ->
    [one] plan for { $n } site marked:
   *[other] plan for { $n } sites marked:
}
desk-plan-blocks = { $n ->
    [one] plan for { $n } block marked:
   *[other] plan for { $n } blocks marked:
}
desk-plan-mark = (for sites: mark them on { $nation } Nation with { $mark })
desk-plan-whole = the whole nation
desk-plan-read-only = this console may only look
desk-col-back = MW BACK
desk-col-in = IN
desk-col-not-before = NOT BEFORE
desk-col-holder = HOLDER
desk-col-epoch = EPOCH
desk-col-lockouts = LOCKOUTS
desk-col-local = LOCAL
desk-col-what = WHAT
desk-col-by-whom = BY WHOM
desk-waits-turn = its turn
desk-waits-cap = ramp cap of the fleet
desk-waits-minimum = minimum off time
desk-waits-frequency = frequency out of band
desk-waits-blind = frequency not known
desk-waits-instruction = the grid operator wants less
desk-waits-calm = calm after a stop
desk-waits-offset = random offset after its lease
desk-waits-order = another order of it
desk-queue-untold = No gateway here tells its restore queue.
desk-queue-untold-brief = not told by any gateway
desk-queue-empty = Nothing waits to be given back.
desk-queue-empty-brief = nothing waits
desk-queue-blocks = { $n ->
    [one] { $n } block
   *[other] { $n } blocks
}
desk-queue-last = last in { $time }
desk-queue-by = last expected at { $clock }
desk-queue-no-end = end not known
desk-queue-held = { $n } held
desk-queue-stale = ? stale { $age }
desk-queue-off = { $n ->
    [one] { $n } block is off with no restore waiting
   *[other] { $n } blocks are off with no restore waiting
}
desk-queue-lowered = { $n ->
    [one] { $n } block is partly lowered
   *[other] { $n } blocks are partly lowered
}
desk-hands-here = { $here } of { $sites } sites here
desk-hands-more = { $n } of others
desk-hands-free = { $n } free
desk-hands-locked = { $n ->
    [one] { $n } lockout
   *[other] { $n } lockouts
}
desk-hands-local = { $n } local
desk-hands-none = No site is known yet.
desk-hands-mine = here
desk-hands-nobody = free
desk-blocks = { $n ->
    [one] { $n } block
   *[other] { $n } blocks
}
desk-lockout = lockout
desk-local = local
