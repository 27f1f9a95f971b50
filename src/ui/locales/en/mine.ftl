mine-col-at = AT
mine-col-about = ABOUT
mine-col-what = WHAT
mine-col-height = HEIGHT
mine-col-hash = HASH
mine-col-fate = FATE
mine-col-btc = BTC
mine-col-ago = AGO
mine-col-to = TO
mine-col-whose = WHOSE
mine-col-source = SOURCE
mine-col-kind = KIND
mine-col-state = STATE
mine-col-answers = ANSWERS
mine-col-for = FOR
mine-col-why = WHY
mine-pane-log = Log
mine-pane-blocks = Blocks
mine-pane-payout = Payout
mine-pane-sources = Sources
mine-pane-threads = Threads
mine-next = next
mine-why = { $what }: { $why }
mine-no-work = no work
mine-not-hashing = not hashing
mine-nothing-yet = nothing happened yet
mine-no-block = no block found yet
mine-version-text = version bits rolled { $mask }   coinbase text { $text }
mine-no-coinbase = no work, so no coinbase
mine-engine = engine
mine-work = work
mine-payout = payout
mine-block = block
mine-shares = shares
mine-best = best
mine-source = source
mine-node = node
mine-pool = pool
mine-node-short = node
mine-nothing-heard = nothing heard yet from a node or a pool
mine-none-at-hand = none at hand
mine-job = job
mine-old = old
mine-tx = { $n ->
    [one] tx
   *[other] txs
    }
mine-fees = fees
mine-and-more = { $first } and { $n } more
mine-difficulty = difficulty
mine-weight = weight
mine-on = on
mine-node-asks-none = a node asks for none
mine-accepted = accepted
mine-rejected = rejected
mine-stale = stale
mine-lost = lost
mine-pending = pending
mine-this-run = this run
mine-ever = ever
mine-share-needs = a share needs
mine-none = none
mine-others = { $n ->
    [one] other
   *[other] others
    }
mine-headers = { $n ->
    [one] header
   *[other] headers
    }
mine-shares-counted = { $n ->
    [one] share
   *[other] shares
    }
mine-blocks = { $n ->
    [one] block
   *[other] blocks
    }
mine-on-top-of = on top of
mine-holds = holds
mine-reward = reward
mine-text = text
mine-pool-mute = the pool does not tell
mine-transactions = { $n ->
    [one] transaction
   *[other] transactions
    }
mine-of-weight = of { $most } weight
mine-of-it-fees = of it fees
mine-a-block = a block
mine-a-share = a share
mine-version = version
mine-ago = { $best }, { $age } ago
mine-in-all = in all
mine-solo = solo mining
mine-chain-unknown = chain not known yet
mine-starting = starting
mine-waiting = waiting for work
mine-found = { $n ->
    [one] block found, { $deep } in the chain
   *[other] blocks found, { $deep } in the chain
    }
mine-no-chance-long = no chance of a block while nothing is hashed
mine-no-chance = nothing hashed: no chance
mine-no-reckoning-long = no chance to reckon without work
mine-no-reckoning = no chance reckoned
mine-quadrillion = { $n } quadrillion
mine-trillion = { $n } trillion
mine-billion = { $n } billion
mine-million = { $n } million
mine-ms-less = 1 ms or less
mine-ms = { $n } ms
mine-days = { $n } days
mine-years = { $n } years
mine-a-day = about { $blocks } a day
mine-today-percent = today { $share } %
mine-today-one-in = today 1 in { $n }
mine-chance-long = a block every { $every } on average; { $today }
mine-chance = every { $every }; { $today }
mine-connecting = connecting
mine-live = live
mine-syncing = syncing
mine-no-peers = no peers
mine-refused = refused
mine-busy = busy
mine-down = down
mine-wrong = wrong answers
mine-spare = spare
mine-in-use = live, in use
mine-pays-us = pays you in full
mine-pays-part = pays you in part, and others
mine-not-asked = no payout address given: not checked whom it pays
mine-pays-others = pays others: NOT HASHED
mine-not-in-shares = pays you, but not in the shares that you gave
mine-pays-percent = pays you { $part } %, others the rest
mine-yours = yours
mine-no-value = no value
mine-not-checked = not checked
mine-anothers = another's
mine-stored = on disk, not answered yet
mine-fate-waiting = waits for the pool
mine-with-pool = given to the pool
mine-doubted = the pool refused the share ({ $why }); it may be in the chain
mine-in-chain = { $n ->
    [one] in the chain, { $n } confirmation
   *[other] in the chain, { $n } confirmations
    }
mine-side = known, but another branch is ahead
mine-fate-refused = refused: { $why }
mine-of-block = block { $height }
mine-of-job = job { $name }
mine-with-transactions = { $n ->
    [one] { $what }, { $n } transaction
   *[other] { $what }, { $n } transactions
    }
mine-share = share
mine-says = says
mine-error = error
mine-share-judged = difficulty { $value } { $verdict }
mine-best-of-all = difficulty { $value }, the best of all time
mine-best-of-run = difficulty { $value }, the best of this run
mine-pool-says = pool: { $words }
mine-about-best = best
mine-about-work = work
mine-share-accepted = accepted
mine-share-late = came too late for its job
mine-share-rejected = rejected: { $why }
mine-share-lost = lost: { $why }
