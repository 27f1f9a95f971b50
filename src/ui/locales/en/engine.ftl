engine-col-thread = THREAD
engine-col-hashrate = HASHRATE
engine-col-headers = HEADERS
engine-col-scheduled = SCHEDULED
engine-scheduled-unknown = unknown
engine-scheduled-idle = idle
engine-scheduled-nice = nice 19
engine-scheduled-normal = normal
engine-none = No engine runs in this console.
engine-trend = hashrate, 15 min
engine-paused = paused
engine-pausing = pausing
engine-no-job = no job
engine-idle = idle
engine-hashing = hashing
engine-second = 1 s
engine-minute = 1 min
engine-quarter = 15 min
engine-kernel = kernel
engine-threads = { $n ->
    [one] thread
   *[other] threads
    }
engine-best = best difficulty
engine-headers = headers
engine-finds = finds
engine-lost = lost
engine-synthetic-long = synthetic job: belongs to no chain
engine-synthetic = synthetic job
engine-cycles = cycles a hash
engine-processor = processor
engine-throttled = throttled
engine-package = package power
