dialog-curtail = Curtail
dialog-restore = Restore
dialog-step-select = 1 select
dialog-step-check = 2 check
dialog-step-arm = 3 arm
dialog-step-execute = 4 execute
dialog-shed = Shed { $amount } within { $within }
dialog-shed-fast = Shed { $amount } as fast as possible
dialog-give = Give back { $amount }
dialog-all = all that can be moved
dialog-mw = { $power } MW
dialog-part-drawn = { $share } % of { $whole } MW drawn, { $part } MW
dialog-part-off = { $share } % of { $whole } MW that may come back, { $part } MW
dialog-shed-how-much = Shed how much?
dialog-give-how-much = Give back how much?
dialog-plan = plan
dialog-two = two operators needed above { $power } MW
dialog-nothing-sent = Nothing is sent yet.
dialog-arms = { $key } arms this plan for { $time }.
dialog-arming = Arming.
dialog-armed = Armed.
dialog-type = type
dialog-to-send = and Enter to send
dialog-to-ask = and Enter to ask a second person
dialog-amount-off = MW, % of draw, off >
dialog-amount-all = MW, % of what is off, all >
dialog-offer = The grid wants { $missing } MW less: Enter takes { $amount }
dialog-offer-brief = Enter takes { $amount } for the grid
dialog-offer-none = The grid wants { $missing } MW less; nothing can be shed here
dialog-within = within
dialog-fast = as fast as possible
dialog-col-now = NOW MW
dialog-col-after = AFTER
dialog-col-shed = SHED
dialog-col-give = GIVE
dialog-col-blocks = BLOCKS
dialog-col-in-10-s = IN 10 s
dialog-col-in-30-s = IN 30 s
dialog-col-in-5-min = IN 5 min
dialog-col-in-15-min = IN 15 min
dialog-col-nameplate = NAMEPLATE
dialog-total = total
dialog-spares-lead = in place of late blocks:
dialog-spares = { $n ->
    [one] 1 more block
   *[other] { $n } more blocks
    }
dialog-at-most = at most
dialog-mw-more = MW more
dialog-old-figures = old figures
dialog-old-warning = what moves may differ
dialog-checked = checked independently:
dialog-checked-what = power, ramp, node limits, must-run
dialog-all-hold = all hold
dialog-hold-but-frequency = all hold but the frequency
dialog-more-lines = { $n ->
    [one] { $n } more line: Down
   *[other] { $n } more lines: Down
    }
dialog-takes = takes
dialog-takes-most = 90 % in
dialog-takes-all = all in
dialog-give-held = would wait at its gateway: { $why }
dialog-give-untold = how long is not known: a gateway does not say how restores go there
dialog-spread = one after the other, the last by { $time }
dialog-once-asked = all at once
dialog-once-low = at once: the frequency is low
dialog-once-untold = at once: a gateway can't put blocks off
dialog-gives-up = gives up
dialog-btc = BTC/h
dialog-optimal = optimal (gap { $gap } %)
dialog-gap = gap { $gap } %
dialog-costs = costs
dialog-an-hour = an hour
dialog-by-efficiency = by J/TH
dialog-left-out = left out
dialog-all-blocks = all blocks
dialog-blocks = { $n ->
    [one] { $n } block
   *[other] { $n } blocks
    }
scope-nation = the nation
scope-one-site = 1 site
scope-sites-marked = { $n ->
    [one] { $n } site marked
   *[other] { $n } sites marked
    }
dialog-arrives = arrives MW
dialog-under-way = { $n ->
    [one] { $n } block left out has an order under way ({ $orders }): { $screen } then { $key } cancels it
   *[other] { $n } blocks left out have an order under way ({ $orders }): { $screen } then { $key } cancels it
    }
