notice-copied = copied
notice-hash-copied = the block's hash is copied
notice-no-block = no block was found yet whose hash could be copied
notice-no-screen = no { $screen } screen without feeds: here are { $engine } Engine and { $journal } Journal
notice-no-dispute = no feeds disagree: there is nothing to choose
notice-no-marks = marks are for sites and blocks
notice-marked = { $n ->
    [one] all matching: { $n } of { $of } sites marked
   *[other] all matching: { $n } of { $of } sites marked
    }
notice-no-freeze = freeze works on sites, halls and blocks
notice-no-engine = no engine runs in this console
notice-read-only = this console may only look (--read-only)
notice-read-only-orders = this console may only look (--read-only): no orders leave it
notice-frozen = frozen: press f to unfreeze before ordering
notice-nothing-chosen = nothing is selected: put the cursor on a site or mark some with space
notice-journal-again = the journal is written again
notice-no-orders-leave = no orders leave: { $why }
notice-best-share = best share of all time: difficulty { $difficulty }
notice-block-found = block{ $height } found
notice-block-in-chain = block{ $height } found here is in the chain
notice-no-paste = pasted text is not taken here: type it
notice-history-again = history goes on
notice-shed-runs = an emergency shed is running: Esc twice stops it
notice-too-soon = typed too soon, before this could be read: dropped; type it anew
notice-shed-lapsed = nothing was shed: the word was not typed in 30 s
notice-alarm-over = the alarm is over: nothing to shelve
notice-out-already = it is out of service already
notice-engineers-only = only an engineer takes alarms out of service (role in the config)
notice-one-alarm = one alarm at a time: Enter opens the flood
notice-reason-needed = a reason of a few words is needed
notice-out-of-service = out of service until somebody puts it back (v shows it)
notice-back-in-service = back in service
notice-no-journal-here = this console keeps no journal to note it in
notice-nothing-waits = nothing waits for a second person
notice-no-ids = no ids for the orders: nothing was sent
notice-no-site = no site is chosen
notice-lockout-on-site = a lockout is hung on the Site screen: Enter opens the site
notice-no-block-chosen = no block is chosen
notice-not-answered = nothing was sent: the question was not answered
notice-marked-blocks = { $n ->
    [one] all matching: { $n } of { $of } blocks marked
   *[other] all matching: { $n } of { $of } blocks marked
    }
notice-filter-wrong = nothing is marked: a part of the filter is not understood
notice-works-on = that works on: { $screens }
notice-nothing-to-cancel = no order waits that could be called back
notice-choose-order = several orders are under way: put the cursor on one
notice-opened = the desk of { $file }
