notice-copied = copied
notice-hash-copied = the block's hash is copied
notice-no-block = no block was found yet whose hash could be copied
notice-no-screen = no { $screen } screen without feeds: here are { $engine } Engine and { $journal } Journal
notice-no-marks = marks are for sites and blocks
notice-marked = { $n ->
    [one] { $n } of { $of } sites marked
   *[other] { $n } of { $of } sites marked
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
