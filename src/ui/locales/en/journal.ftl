journal-col-feed = FEED
journal-col-link = LINK
journal-col-serves = SERVES
journal-col-skew = SKEW ms
journal-col-bad-items = BAD ITEMS
journal-col-bad-messages = BAD MSGS
journal-col-gap = LAST GAP
journal-col-at = AT
journal-col-about = ABOUT
journal-col-what = WHAT
journal-col-row = ROW
journal-col-actor = ACTOR
journal-col-kind = KIND
journal-nowhere-long = No journal is kept here: notes live in this console's memory and go with it.
journal-nowhere = No journal: notes go with this console
journal-opening = The journal is being opened.
journal-name = Journal
journal-rows = { $n ->
    [one] { $n } row, durable
   *[other] { $n } rows, durable
    }
journal-head = head { $seq }:{ $hash }...
journal-waiting = { $n ->
    [one] { $n } entry waits
   *[other] { $n } entries wait
    }
journal-waiting-lost = { $n ->
    [one] { $n } entry waits, { $lost } are lost
   *[other] { $n } entries wait, { $lost } are lost
    }
journal-broken = !2 The journal can't be written: no orders leave
journal-no-match = No row of the last ones holds that text.
journal-about-link = link
journal-about-order = order
journal-about-desk = desk
journal-gap = { $span }, { $age } ago
