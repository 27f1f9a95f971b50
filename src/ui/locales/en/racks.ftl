racks-temperature = HOTTEST BOARD °C
racks-temperature-ascii = HOTTEST BOARD C
racks-hashrate = HASHRATE % OF NAMEPLATE
racks-power = POWER % OF THE MODEL'S MEDIAN
racks-state = STATE
racks-counted = { $n } of { $of }
racks-unknown = not known
racks-watts = W
racks-place = { $rack } shelf { $shelf } slot { $slot }
racks-place-slot = { $rack } slot { $slot }
racks-place-shelf = { $rack } shelf { $shelf }
racks-place-rack = rack { $rack }
racks-only-machines = the map of racks shows machines: open a hall's first
racks-no-map = no map is shown: { $key } shows the racks
machine-state = state
machine-for = for { $span }
machine-fault = fault
machine-no-fault = none
machine-hashrate = hashrate
machine-of-nameplate = of { $of } TH/s { $share } %
machine-power = claimed
machine-place = rack
machine-block = block
machine-model = model
machine-feed = feed
machine-bad = some of it can't be true and is left out
machine-fans = fans
machine-rpm = rpm
machine-still = { $n ->
    [one] { $n } stands still
   *[other] { $n } stand still
    }
machine-psu = supply
machine-volt = V
machine-firmware = firmware
machine-uptime = up for
machine-gone = The machine is not on this page any more.
machine-asked = Hashboards are asked for over the feed.
machine-no-detail = This feed gives no hashboards.
machine-no-boards = No hashboards are found in it.
machine-silent = It does not answer: nothing is known of its hashboards.
machine-boards-bad = What the feed states of its hashboards can't be true and is left out.
board-col-number = BOARD
board-col-state = STATE
board-col-chips = CHIPS
board-col-rate = TH/S
board-col-board = BOARD °C
board-col-board-ascii = BOARD C
board-col-chip = CHIP °C
board-col-chip-ascii = CHIP C
board-col-voltage = V
board-col-frequency = MHZ
board-col-errors = ERRORS
board-hashing = hashing
board-asleep = asleep
board-faulted = faulted
board-missing = not found
held-by = curtailed by { $by }
held-going = on its way down, ordered by { $by }
held-back = given back by { $by }
held-since = since { $time }
held-since-for = since { $time } ({ $span })
held-until = until { $time }
held-open = until restored
held-lapsed = lease ended { $time }
held-order = order { $order }
held-not-before = stays off until { $time }
held-unsaid = curtailed; the feed does not say by whom
held-blocks = { $n ->
    [one] { $n } block
   *[other] { $n } blocks
    }
held-blocks-unsaid = { $n ->
    [one] of { $n } block nobody says by whom
   *[other] of { $n } blocks nobody says by whom
    }
held-also = others by { $by }
held-note = by { $by } { $until }
held-note-open = by { $by } until restored
held-note-back = given back by { $by }
site-locked-by = { $block } locked out by { $owner }
site-locked-why = { $block } locked out by { $owner }: { $why }
site-locked = { $n ->
    [one] { $n } block locked out
   *[other] { $n } blocks locked out
    }
