orders-col-order = ORDER
orders-col-where = WHERE
orders-col-sent = SENT
orders-col-accepted = ACCEPTED
orders-col-delivered = DELIVERED
orders-col-delivered-mw = DELIVERED MW
orders-col-metered = METERED
orders-col-why = WHY
orders-count = { $under } under way, { $all } in all
orders-forgetful = order ids live in the gateway's memory, not in a journal
orders-forgetful-brief = ids in memory only
rules-old-of = old safety rules: { $feeds }
rules-old = old safety rules
rules-open-of = anybody may act, unsigned: { $feeds }
rules-open = anybody may act
orders-none = No order has left this desk since it started.
orders-none-how = { $curtail } curtails the nation from here; for some sites mark them on { $nation } Nation with { $mark }, then { $curtail }.
orders-blocks-of = blocks of order { $id }
orders-to = to
orders-issued-by = issued by
orders-no-answer = no answer
orders-by-desk = { $by }, { $desk }
orders-called-back = { $n } of { $of } blocks cancelled
cancel-title = Cancel order { $id }
cancel-never = { $n ->
    [one] { $n } block has not begun: it never will
   *[other] { $n } blocks have not begun: they never will
}
cancel-goes-on = { $n } on the way: go on
cancel-there = { $n } delivered
cancel-cancelled = { $n ->
    [one] { $n } block is cancelled
   *[other] { $n } blocks are cancelled
}
cancel-offer-restore = { $n ->
    [one] { $n } block has moved already: { $key } gives it back
   *[other] { $n } blocks have moved already: { $key } gives them back
}
cancel-offer-curtail = { $n ->
    [one] { $n } block has moved already: { $key } takes it off again
   *[other] { $n } blocks have moved already: { $key } takes them off again
}
cancel-nothing-waits = nothing of it waits: all has begun or is over
cancel-anothers = another's order: only who gave it or a dispatcher cancels it
cancel-no-link = its feed is down: nothing can be cancelled now
cancel-word = type { $word } exactly, in capitals; nothing was sent
cancel-time-over = not sent: the 10 s are over; { $key } arms again
cancel-arms = { $key } arms the cancel for { $time }.
cancel-left = It has left. The answer stands above.
cancel-turn = the other way
cancel-key = { $key } cancels what waits: { $n }
