abnormal-none = nothing abnormal, no orders under way
abnormal-none-off = no alarm, no order under way; { $power } MW are held off
abnormal-journal = !2 no orders leave: { $why }
abnormal-live = live
abnormal-down-connecting = !2 down{ $since }, connecting
abnormal-connecting = connecting
abnormal-syncing = waiting for its snapshot
abnormal-down = !2 down{ $since }
abnormal-trying = trying again
abnormal-next-try = next try in { $n } s
abnormal-nowhere = nowhere
abnormal-sites = { $n ->
    [one] { $n } site
   *[other] { $n } sites
    }
abnormal-off = off
abnormal-on = on
abnormal-order = order { $id }
abnormal-unjournaled = !2 not in the journal
abnormal-unknown = ? unknown: link lost, asked when it is back
abnormal-sent = sent
abnormal-accepted = accepted
abnormal-delivered = delivered
abnormal-of = { $part } of { $all }
