reserve-col-by = BY
reserve-col-worth-checked = CHECKED, WORTH
reserve-col-worth-claimed = CLAIMED, WORTH
reserve-col-per-btc = FOR 1 BTC
reserve-col-rate-age = RATE AGE
reserve-col-rate-source = SOURCE
reserve-checked = checked by our node
reserve-checked-brief = checked
reserve-claimed = claimed by others
reserve-claimed-brief = claimed
reserve-maturing-all = immature coins, all accounts
reserve-maturing-of = immature coins, { $account }
reserve-only-bitcoin = Only bitcoin has to mature.
reserve-not-said = The feed does not say when coins mature.
reserve-nothing-immature = No coins are immature.
reserve-now = now
reserve-due = could be spent
reserve-by-now = by now, perhaps
reserve-inflow = inflow by day, BTC, days of UTC
reserve-no-past = desk history: none yet
reserve-no-inflow = The feed states no inflow by site.
reserve-this-desk = this desk
reserve-feed-says = feed says
reserve-today = today
reserve-by-site = by site,
reserve-seven-days = 7 days
reserve-worth = worth of mature and immature coins, whole units
reserve-no-rates = The feed states no rate of bitcoin.
reserve-rate-unused = ? not used { $age }
reserve-rate-ahead = ? dated ahead
reserve-rate-simulated = { $source } (simulated)
reserve-ahead = ! { $btc } BTC of blocks ahead of the tip
reserve-accounts = { $n ->
    [one] { $n } account
   *[other] { $n } accounts
}
reserve-unheard = { $n ->
    [one] ? { $n } account old
   *[other] ? { $n } accounts old
}
reserve-in-blocks = { $n ->
    [one] in { $n } block
   *[other] in { $n } blocks
}
reserve-some-silent = { $n ->
    [one] { $n } account does not say when its coins mature
   *[other] { $n } accounts do not say when their coins mature
}
reserve-differs = { $n ->
    [one] ! blocks of { $n } account miss its sum by { $btc } BTC
   *[other] ! blocks of { $n } accounts miss their sum by { $btc } BTC
}
reserve-left-out = { $n ->
    [one] ! { $n } account left out
   *[other] ! { $n } accounts left out
}
