site-col-hall = HALL
site-col-hashrate = HASHRATE
site-col-power = MW
site-col-target = TARGET
site-col-efficiency = J/TH
site-col-state = STATE
site-col-machines = MACHINES
site-col-quality = QUALITY
site-col-inlet = INLET °C
site-col-inlet-ascii = INLET C
site-col-block = BLOCK
site-col-for = FOR
site-col-source = SOURCE
site-col-faulted = FAULTED
site-col-notes = NOTES
site-col-machine = MACHINE
site-col-model = MODEL
site-col-rate = TH/S
site-col-claimed = KW CLAIMED
site-col-board = BOARD °C
site-col-board-ascii = BOARD C
site-col-fault = FAULT
site-none = No site is chosen: { $nation } shows the nation, { $open } opens the site under the cursor.
site-page = { $n ->
    [one] { $n } machine, page { $page } of { $pages }
   *[other] { $n } machines, page { $page } of { $pages }
    }
site-asked = machines asked for
site-node-limit = node limit
site-node = node
site-authority = authority
site-here = here
site-blocks-of = blocks of { $hall }
site-order = order under way
site-tag = { $kind } by { $owner }
site-heat = heat { $power } MW
site-machines-wait = Machines are asked for over the feed.
